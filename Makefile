# underglass: build, test, lint and install. `make help` lists the targets.

PREFIX ?= /usr/local
BUILD ?= build
CC ?= cc
FUZZ_CC ?= clang
CFLAGS ?= -O2 -g
LAB_CFLAGS ?= -O1 -g
FUZZ_SECONDS ?= 10

DATADIR := $(PREFIX)/share/underglass
LIBEXECDIR := $(PREFIX)/libexec/underglass

# Our own flags stay apart from the user's CFLAGS, which come last and win.
# The program is told where its labs are: installed, or here in the source tree
# (their programs then lie beside it, in $(BUILD)/labs).
UG_CPPFLAGS := -Icli -D_GNU_SOURCE -DUG_DATADIR='"$(DATADIR)"' \
	-DUG_LIBEXECDIR='"$(LIBEXECDIR)"' -DUG_SOURCE_LABS='"$(CURDIR)/labs"'
UG_WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
# NULL + 0, the end of a list that has nothing in it, is no offence.
UG_SANITIZE := -fsanitize=address,undefined -fno-sanitize=pointer-overflow \
	-fno-sanitize-recover=all -fno-omit-frame-pointer
UG_CFLAGS := -std=gnu11 $(UG_WARNINGS) $(if $(WERROR),-Werror) \
	$(if $(SANITIZE),$(UG_SANITIZE))
UG_LDFLAGS := -Wl,--as-needed $(if $(SANITIZE),$(UG_SANITIZE))
UG_LDLIBS := -lreadline -lcmark -lmnl -lpcap -ljansson
UG_FUZZ := $(UG_SANITIZE) -O1 -g

SRCS := $(wildcard cli/*.c cli/*/*.c)
OBJS := $(SRCS:%.c=$(BUILD)/%.o)
LIB_OBJS := $(filter-out $(BUILD)/cli/main.o,$(OBJS))
UNITS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/*.c))
BENCHES := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
FUZZERS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/*_fuzz.c))
FUZZ_OBJS := $(LIB_OBJS:$(BUILD)/%=$(BUILD)/fuzz/%)
FUZZ_RUNS := $(FUZZERS:$(BUILD)/tests/fuzz/%_fuzz=fuzz-%)

# A lab program is plain C: each file builds alone, with nothing of ours, and is
# never sanitised. Where one file makes several programs, labs/NAME/build says
# what more there is, a line each: the program, a colon, and what cc is given:
#
#	signal-c11: -std=c11 signal.c
#
LAB_SRCS := $(wildcard labs/*/*.c)
LAB_TEXTS := $(wildcard labs/*/README*.md) $(LAB_SRCS)
LAB_MORE := $(foreach b,$(wildcard labs/*/build),$(addprefix $(dir $b),\
	$(shell sed -n 's/^\([a-z0-9_-]*\):.*/\1/p' $b)))
LABS := $(patsubst %.c,$(BUILD)/%,$(LAB_SRCS)) $(LAB_MORE:%=$(BUILD)/%)

## all (default)  the program and the lab programs, in build/
all: $(BUILD)/underglass labs

labs: $(LABS)

# What was built with other flags (PREFIX= among them) is built anew.
FLAGS = $(CC) $(UG_CPPFLAGS) $(CPPFLAGS) $(UG_CFLAGS) $(CFLAGS) $(UG_LDFLAGS) \
	$(LDFLAGS) $(LDLIBS) $(LAB_CFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS))' >$@.new
	@if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(BUILD)/underglass: $(OBJS)
	@echo "  LD  $@"
	@$(CC) $(UG_LDFLAGS) $(LDFLAGS) -o $@ $(OBJS) $(UG_LDLIBS) $(LDLIBS)

$(BUILD)/underglass.a: $(LIB_OBJS)
	@rm -f $@
	@ar rcs $@ $(LIB_OBJS)

$(OBJS) $(UNITS:%=%.o) $(BENCHES:%=%.o): $(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC  $<"
	@$(CC) $(UG_CPPFLAGS) $(CPPFLAGS) $(UG_CFLAGS) $(CFLAGS) -MMD -MP \
		-c -o $@ $<

$(UNITS) $(BENCHES): %: %.o $(BUILD)/underglass.a
	@echo "  LD  $@"
	@$(CC) $(UG_LDFLAGS) $(LDFLAGS) -o $@ $^ $(UG_LDLIBS) $(LDLIBS)

CC_LAB = $(CC) -Wall -Wextra $(if $(WERROR),-Werror) $(LAB_CFLAGS)

$(LAB_SRCS:%.c=$(BUILD)/%): $(BUILD)/%: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  LAB $@"
	@$(CC_LAB) -o $@ $<

.SECONDEXPANSION:
$(LAB_MORE:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/flags $$(dir $$*)build \
		$$(wildcard $$(dir $$*)*.c)
	@mkdir -p $(@D)
	@echo "  LAB $@"
	@out=$$(realpath $@) && cd $(dir $*) && $(CC_LAB) -o "$$out" \
		$$(sed -n 's/^$(@F)://p' build)

## test           everything that scripts/test does, without its set-up
test:
	@scripts/test --no-setup

## units          the unit tests' programs, without running them
units: $(UNITS)

## benches        the programs of scripts/bench, without running them
benches: $(BENCHES)

## lint           clang-tidy, cppcheck and shellcheck
lint: lint-tidy lint-cppcheck lint-shell

LINT_C := $(SRCS) $(wildcard tests/unit/*.c tests/fuzz/*.c tests/bench/*.c) \
	$(LAB_SRCS)
LINT_SH := $(wildcard scripts/* .ci/run tests/*.bash tests/*.bats \
	tests/*/*.bats tests/bench/veth)

# One file a process: an analyser that has seen several mixes them up.
lint-tidy:
	@echo "  LINT clang-tidy"
	@mkdir -p $(BUILD)
	@printf '%s\n' $(LINT_C) | xargs -I FILE -P $$(nproc) clang-tidy \
		--quiet FILE -- $(UG_CPPFLAGS) -std=gnu11 $(UG_WARNINGS) \
		2>$(BUILD)/tidy || { grep -v generated $(BUILD)/tidy; exit 1; }

# Beyond errors only what is wrong, slow or unportable: matters of taste (style)
# are left to the reader.
lint-cppcheck:
	@echo "  LINT cppcheck"
	@cppcheck --quiet --error-exitcode=1 -j $$(nproc) --enable=warning \
		--enable=performance --enable=portability --inline-suppr \
		--suppressions-list=.cppcheck --std=c11 --library=posix \
		-Icli -D_GNU_SOURCE $(LINT_C)

lint-shell:
	@echo "  LINT shellcheck"
	@shellcheck $(LINT_SH)

## fuzz           each fuzz target for FUZZ_SECONDS (10)
fuzz: $(FUZZ_RUNS)

## fuzz-NAME      tests/fuzz/NAME_fuzz.c alone; NAME/ and NAME.dict beside it
##                are its seeds and its words, where there are any
$(FUZZ_RUNS): fuzz-%: $(BUILD)/tests/fuzz/%_fuzz
	@mkdir -p $(BUILD)/fuzz/found/$*
	@echo "  FUZZ $*, $(FUZZ_SECONDS) s"
	@$< -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=0 \
		-verbosity=0 -artifact_prefix=$(BUILD)/fuzz/$*- \
		$(addprefix -dict=,$(wildcard tests/fuzz/$*.dict)) \
		$(BUILD)/fuzz/found/$* $(wildcard tests/fuzz/$*/)

fuzzers: $(FUZZERS)

$(FUZZERS): $(BUILD)/%: $(BUILD)/fuzz/%.o $(FUZZ_OBJS)
	@mkdir -p $(@D)
	@echo "  LD  $@"
	@$(FUZZ_CC) $(UG_FUZZ) -fsanitize=fuzzer -Wl,--as-needed -o $@ $^ \
		$(UG_LDLIBS) $(LDLIBS)

$(BUILD)/fuzz/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	@echo "  CC  $@"
	@$(FUZZ_CC) $(UG_CPPFLAGS) $(CPPFLAGS) -std=gnu11 $(UG_FUZZ) \
		-fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

## install        under PREFIX (/usr/local), below DESTDIR where that is given
install: all
	install -D $(BUILD)/underglass $(DESTDIR)$(PREFIX)/bin/underglass
	@set -e; for f in $(LAB_TEXTS); do \
		install -D -m 644 $$f $(DESTDIR)$(DATADIR)/$$f; done
	@set -e; for f in $(LABS:$(BUILD)/%=%); do \
		install -D $(BUILD)/$$f $(DESTDIR)$(LIBEXECDIR)/$$f; done
	@set -e; for f in $(wildcard cli/underglass.1); do install -D -m 644 \
		$$f $(DESTDIR)$(PREFIX)/share/man/man1/underglass.1; done
	@set -e; for f in $(wildcard tests/underglass.bash); do install -D \
		-m 644 $$f $(DESTDIR)$(DATADIR)/bats/underglass.bash; done
	@set -e; for f in $(wildcard tests/demos/*.bats); do install -D \
		-m 644 $$f $(DESTDIR)$(DATADIR)/bats/demos/$${f##*/}; done

## uninstall      what install put there
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/underglass
	rm -f $(DESTDIR)$(PREFIX)/share/man/man1/underglass.1
	rm -rf $(DESTDIR)$(DATADIR) $(DESTDIR)$(LIBEXECDIR)

## clean          remove build/
clean:
	rm -rf $(BUILD)

## help           this list
help:
	@sed -n 's/^## //p' $(firstword $(MAKEFILE_LIST))

.PHONY: all labs test units benches lint lint-tidy lint-cppcheck lint-shell \
	fuzz fuzzers $(FUZZ_RUNS) install uninstall clean help FORCE
.DELETE_ON_ERROR:
-include $(OBJS:.o=.d) $(UNITS:%=%.d) $(BENCHES:%=%.d) $(FUZZ_OBJS:.o=.d) \
	$(FUZZERS:$(BUILD)/%=$(BUILD)/fuzz/%.d)
