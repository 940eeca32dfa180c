/* puppet_file - the puppet's calls on descriptors, files and pipes */
#include "box/puppet_call.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define ANYTHING ((1U << NUM_PUPPET_KINDS) - 1)
#define READABLE (1U << PUPPET_CONNECTED | 1U << PUPPET_PIPE_READ | \
		  1U << PUPPET_FILE)
#define WRITABLE (1U << PUPPET_CONNECTED | 1U << PUPPET_PIPE_WRITE | \
		  1U << PUPPET_FILE)

static const struct puppet_name open_list[] = {
	{ "O_RDONLY", O_RDONLY }, { "O_WRONLY", O_WRONLY },
	{ "O_RDWR", O_RDWR }, { "O_CREAT", O_CREAT }, { "O_EXCL", O_EXCL },
	{ "O_TRUNC", O_TRUNC }, { "O_APPEND", O_APPEND },
	{ "O_NONBLOCK", O_NONBLOCK }, { "O_CLOEXEC", O_CLOEXEC },
	{ "O_SYNC", O_SYNC }, { "O_DIRECTORY", O_DIRECTORY },
	{ "O_NOFOLLOW", O_NOFOLLOW }, { "O_ASYNC", O_ASYNC },
};
static const struct puppet_names open_flags = {
	"O_", open_list, COUNT(open_list)
};

static const struct puppet_name pipe_list[] = {
	{ "O_NONBLOCK", O_NONBLOCK }, { "O_CLOEXEC", O_CLOEXEC },
	{ "O_DIRECT", O_DIRECT },
};
static const struct puppet_names pipe_flags = {
	"O_", pipe_list, COUNT(pipe_list)
};

static const struct puppet_name whence_list[] = {
	{ "SEEK_SET", SEEK_SET }, { "SEEK_CUR", SEEK_CUR },
	{ "SEEK_END", SEEK_END },
};
static const struct puppet_names whences = {
	"SEEK_", whence_list, COUNT(whence_list)
};

static const struct puppet_name fcntl_list[] = {
	{ "F_GETFL", F_GETFL }, { "F_SETFL", F_SETFL }, { "F_GETFD", F_GETFD },
	{ "F_SETFD", F_SETFD }, { "F_GETOWN", F_GETOWN },
	{ "F_SETOWN", F_SETOWN }, { "F_DUPFD", F_DUPFD },
	{ "F_DUPFD_CLOEXEC", F_DUPFD_CLOEXEC },
	{ "F_GETPIPE_SZ", F_GETPIPE_SZ }, { "F_SETPIPE_SZ", F_SETPIPE_SZ },
};
static const struct puppet_names fcntls = {
	"F_", fcntl_list, COUNT(fcntl_list)
};

static const struct puppet_name fd_flag_list[] = {
	{ "FD_CLOEXEC", FD_CLOEXEC },
};
static const struct puppet_names fd_flags = {
	"FD_", fd_flag_list, COUNT(fd_flag_list)
};

static const struct puppet_name ioctl_list[] = {
	{ "SIOCATMARK", SIOCATMARK }, { "SIOCINQ", SIOCINQ },
	{ "FIONREAD", FIONREAD }, { "SIOCOUTQ", SIOCOUTQ },
	{ "FIONBIO", FIONBIO }, { "FIOASYNC", FIOASYNC },
};
static const struct puppet_names ioctls = {
	"", ioctl_list, COUNT(ioctl_list)
};

static const struct puppet_arg fd_any = {
	.take = take_fd, .name = "FD", .want = ANYTHING,
};
static const struct puppet_arg fd_read = {
	.take = take_fd, .name = "FD", .want = READABLE, .or_want = ANYTHING,
};
static const struct puppet_arg fd_write = {
	.take = take_fd, .name = "FD", .want = WRITABLE, .or_want = ANYTHING,
};
static const struct puppet_arg fd_file = {
	.take = take_fd, .name = "FD", .want = 1U << PUPPET_FILE,
	.or_want = ANYTHING,
};
static const struct puppet_arg arg_path = { take_path, .name = "PATH" };
static const struct puppet_arg arg_text = { take_text, .name = "TEXT" };
static const struct puppet_arg arg_len = { take_len, .name = "LEN" };
static const struct puppet_arg arg_offset = { take_num, .name = "OFFSET" };
static const struct puppet_arg arg_size = { take_num, .name = "SIZE" };
static const struct puppet_arg arg_texts = {
	take_texts, .name = "TEXT", .c = ", ",
};
static const struct puppet_arg arg_lens = {
	take_lens, .name = "LEN", .c = ", ",
};
static const struct puppet_arg arg_open_flags = {
	take_flags, .name = "FLAG", .names = &open_flags, .optional = true,
	.c = "O_RDONLY",
};
static const struct puppet_arg arg_pipe_flags = {
	take_flags, .name = "FLAG", .names = &pipe_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg arg_whence = {
	take_word, .name = "WHENCE", .names = &whences, .optional = true,
	.value = SEEK_SET,
	.c = "SEEK_SET",
};
static const struct puppet_arg arg_mask = { take_mode, .name = "MODE" };

/* open's third argument is there if, and only if, the flags ask for it. */
static int take_create_mode(struct puppet_parse *p,
			    const struct puppet_arg *arg, int i)
{
	if (!(p->msg->val[i - 1] & O_CREAT) && !puppet_word(p))
		return PUPPET_OK;
	buf_str(&p->c[i], ", ");
	return take_mode(p, arg, i);
}
static const struct puppet_arg arg_mode = { take_create_mode, .name = "MODE" };

static int take_new_fd(struct puppet_parse *p, const struct puppet_arg *arg,
		       int i)
{
	int rc = take_num(p, arg, i);
	int64_t fd = p->msg->val[i];

	if (rc == PUPPET_OK && fd >= PUPPET_FD && fd < PUPPET_FD + 8)
		return puppet_bad(p, "%d is the puppet's own channel", (int)fd);
	return rc;
}
static const struct puppet_arg arg_new_fd = { take_new_fd, .name = "NEWFD" };

static const struct puppet_arg arg_setfl = {
	take_flags, .name = "FLAG", .names = &open_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg arg_setfd = {
	take_flags, .name = "FLAG", .names = &fd_flags, .optional = true,
	.c = "0",
};
static const struct puppet_arg arg_pid = { take_pid, .name = "PID" };
static const struct puppet_arg arg_number = { take_num, .name = "N" };

/* `setfl 0` says "none" as well as nothing does. */
static int flags_or_zero(struct puppet_parse *p, const struct puppet_arg *arg,
			 int i)
{
	if (puppet_word(p) && strcmp(puppet_word(p), "0") == 0)
		p->at++;
	return take_flags(p, arg, i);
}

/* The command's own argument, which not each has. */
static int take_fcntl_arg(struct puppet_parse *p, const struct puppet_arg *arg,
			  int i)
{
	(void)arg;
	switch (p->msg->val[i - 1]) {
	case F_GETFL:
	case F_GETFD:
	case F_GETOWN:
	case F_GETPIPE_SZ:
		return PUPPET_OK;
	case F_SETFL:
		buf_str(&p->c[i], ", ");
		return flags_or_zero(p, &arg_setfl, i);
	case F_SETFD:
		buf_str(&p->c[i], ", ");
		return flags_or_zero(p, &arg_setfd, i);
	case F_SETOWN:
		buf_str(&p->c[i], ", ");
		return take_pid(p, &arg_pid, i);
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		buf_str(&p->c[i], ", ");
		return take_new_fd(p, &arg_number, i);
	default:
		buf_str(&p->c[i], ", ");
		return take_num(p, &arg_number, i);
	}
}
static const struct puppet_arg arg_fcntl = {
	take_word, .name = "COMMAND", .names = &fcntls,
};
static const struct puppet_arg arg_fcntl_arg = {
	take_fcntl_arg, .name = "FLAG", .names = &open_flags,
};

static int take_ioctl_arg(struct puppet_parse *p, const struct puppet_arg *arg,
			  int i)
{
	int64_t request = p->msg->val[i - 1];
	int rc;

	if (request != FIONBIO && request != FIOASYNC) {
		buf_str(&p->c[i], "&n");
		return PUPPET_OK;
	}
	buf_str(&p->c[i], "&(int){ ");
	rc = take_num(p, arg, i);
	buf_str(&p->c[i], " }");
	return rc;
}
static const struct puppet_arg arg_ioctl = {
	take_word, .name = "REQUEST", .names = &ioctls,
};
static const struct puppet_arg arg_ioctl_arg = { take_ioctl_arg, .name = "N" };

static long opened(struct puppet_act *a, int fd)
{
	if (fd != -1)
		puppet_new_fd(a, fd);
	return fd;
}

static long act_open(struct puppet_act *a)
{
	return opened(a, open(puppet_text(a, 0, NULL), a->val[1], a->val[2]));
}

static long act_close(struct puppet_act *a)
{
	return close(a->val[0]);
}

static long said(struct puppet_act *a, ssize_t n)
{
	if (n != -1) {
		puppet_say(a, "received ");
		puppet_say_bytes(a, a->buf, n);
	}
	return n;
}

static long act_read(struct puppet_act *a)
{
	return said(a, read(a->val[0], a->buf, a->val[1]));
}

static long act_pread(struct puppet_act *a)
{
	return said(a, pread(a->val[0], a->buf, a->val[1], a->val[2]));
}

static long act_readv(struct puppet_act *a)
{
	struct iovec iov[PUPPET_NUMS];
	size_t at = 0;

	for (unsigned int i = 0; i < a->msg->num_count; i++) {
		iov[i].iov_base = a->buf + at;
		iov[i].iov_len = a->msg->num[i];
		at += a->msg->num[i];
	}
	return said(a, readv(a->val[0], iov, a->msg->num_count));
}

static long act_write(struct puppet_act *a)
{
	size_t len;
	const char *text = puppet_text(a, 0, &len);

	return write(a->val[0], text, len);
}

static long act_pwrite(struct puppet_act *a)
{
	size_t len;
	const char *text = puppet_text(a, 0, &len);

	return pwrite(a->val[0], text, len, a->val[2]);
}

static long act_writev(struct puppet_act *a)
{
	struct iovec iov[PUPPET_TEXTS];

	for (unsigned int i = 0; i < a->msg->text_count; i++)
		iov[i].iov_base = (char *)puppet_text(a, i, &iov[i].iov_len);
	return writev(a->val[0], iov, a->msg->text_count);
}

static long act_dup(struct puppet_act *a)
{
	return opened(a, dup(a->val[0]));
}

static long act_dup2(struct puppet_act *a)
{
	return opened(a, dup2(a->val[0], a->val[1]));
}

static long act_dup3(struct puppet_act *a)
{
	return opened(a, dup3(a->val[0], a->val[1], a->val[2]));
}

static void say_fl(struct puppet_act *a, long flags)
{
	static const char *const modes[] = {
		"O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"
	};
	struct puppet_names rest = open_flags;
	char text[256];

	rest.names += 3;		/* the three access modes */
	rest.count -= 3;
	puppet_say(a, "%s", modes[flags & O_ACCMODE]);
	/* O_LARGEFILE is the kernel's own addition on 64 bits. */
	flags &= ~(O_ACCMODE | 0100000L);
	puppet_names_text(&rest, flags, text, sizeof(text));
	if (flags)
		puppet_say(a, " | %s", text);
}

static long act_fcntl(struct puppet_act *a)
{
	int cmd = a->val[1];
	long ret = fcntl(a->val[0], cmd, cmd == F_SETOWN ?
			 puppet_pid(a->val[2]) : a->val[2]);

	if (ret == -1)
		return -1;
	if (cmd == F_GETFL)
		say_fl(a, ret);
	else if (cmd == F_GETFD)
		puppet_say(a, "%s", ret & FD_CLOEXEC ? "FD_CLOEXEC" : "0");
	else if (cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC)
		puppet_new_fd(a, ret);
	return ret;
}

static long act_ioctl(struct puppet_act *a)
{
	bool in = a->val[1] == FIONBIO || a->val[1] == FIOASYNC;
	/* A number that is no name of ours may write more than an int. */
	union {
		int n;
		char room[16384];
	} value = { .n = in ? a->val[2] : 0 };
	long ret = ioctl(a->val[0], a->val[1], &value);

	if (ret != -1 && !in)
		puppet_say(a, "%d", value.n);
	return ret;
}

static long act_lseek(struct puppet_act *a)
{
	return lseek(a->val[0], a->val[1], a->val[2]);
}

static long act_ftruncate(struct puppet_act *a)
{
	return ftruncate(a->val[0], a->val[1]);
}

static const char *file_type(mode_t mode)
{
	return S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" :
	       S_ISSOCK(mode) ? "socket" : S_ISFIFO(mode) ? "pipe" :
	       S_ISCHR(mode) ? "character device" : "?";
}

static long act_fstat(struct puppet_act *a)
{
	struct stat st;

	if (fstat(a->val[0], &st) == -1)
		return -1;
	puppet_say(a, "%s, mode 0%o, %lld bytes, %lu links, inode %lu",
		   file_type(st.st_mode), (unsigned int)st.st_mode & 07777,
		   (long long)st.st_size, (unsigned long)st.st_nlink,
		   (unsigned long)st.st_ino);
	return 0;
}

static long act_unlink(struct puppet_act *a)
{
	return unlink(puppet_text(a, 0, NULL));
}

static long piped(struct puppet_act *a, int ret, const int fds[2])
{
	if (ret == -1)
		return -1;
	puppet_new_fd(a, fds[0]);
	puppet_new_fd(a, fds[1]);
	puppet_say(a, "read from %d, write to %d", fds[0], fds[1]);
	return ret;
}

static long act_pipe(struct puppet_act *a)
{
	int fds[2] = { -1, -1 };
	int ret = pipe(fds);

	return piped(a, ret, fds);
}

static long act_pipe2(struct puppet_act *a)
{
	int fds[2] = { -1, -1 };
	int ret = pipe2(fds, a->val[0]);

	return piped(a, ret, fds);
}

static long act_chdir(struct puppet_act *a)
{
	return chdir(puppet_text(a, 0, NULL));
}

static long act_umask(struct puppet_act *a)
{
	long old = umask(a->val[0]);

	puppet_say(a, "0%03lo", old);
	return old;
}

static const struct puppet_call calls[] = {
	{ "open", "PATH [FLAG...] [MODE]",
	  "open a file; MODE, as 0644, goes with creat",
	  { &arg_path, &arg_open_flags, &arg_mode }, "open($0, $1$2)",
	  act_open, EFFECT_FILE, 0 },
	{ "close", "[FD]", "close a descriptor",
	  { &fd_any }, "close($0)", act_close, EFFECT_CLOSE, 0 },
	{ "read", "[FD] LEN", "read at most LEN bytes",
	  { &fd_read, &arg_len }, "read($0, buf, $1)", act_read,
	  EFFECT_NONE, 0 },
	{ "readv", "[FD] LEN...", "read into several buffers",
	  { &fd_read, &arg_lens }, "readv($0, $1)", act_readv, EFFECT_NONE,
	  0 },
	{ "pread", "[FD] LEN OFFSET", "read from a place in a file",
	  { &fd_file, &arg_len, &arg_offset }, "pread($0, buf, $1, $2)",
	  act_pread, EFFECT_NONE, 0 },
	{ "write", "[FD] TEXT", "write bytes",
	  { &fd_write, &arg_text }, "write($0, $1)", act_write, EFFECT_NONE,
	  0 },
	{ "writev", "[FD] TEXT...", "write several buffers in one call",
	  { &fd_write, &arg_texts }, "writev($0, $1)", act_writev,
	  EFFECT_NONE, 0 },
	{ "pwrite", "[FD] TEXT OFFSET", "write to a place in a file",
	  { &fd_file, &arg_text, &arg_offset }, "pwrite($0, $1, $2)",
	  act_pwrite, EFFECT_NONE, 0 },
	{ "dup", "[FD]", "one more descriptor, the lowest that is free",
	  { &fd_any }, "dup($0)", act_dup, EFFECT_DUP, 0 },
	{ "dup2", "[FD] NEWFD", "one more descriptor, of that number",
	  { &fd_any, &arg_new_fd }, "dup2($0, $1)", act_dup2, EFFECT_DUP,
	  0 },
	{ "dup3", "[FD] NEWFD [FLAG]", "the same, with cloexec if asked",
	  { &fd_any, &arg_new_fd, &arg_pipe_flags }, "dup3($0, $1, $2)",
	  act_dup3, EFFECT_DUP, 0 },
	{ "fcntl", "[FD] COMMAND [FLAG...|N]",
	  "ask or set: getfl, setfl nonblock, setfd cloexec, setown self",
	  { &fd_any, &arg_fcntl, &arg_fcntl_arg }, "fcntl($0, $1$2)",
	  act_fcntl, EFFECT_DUP, 0 },
	{ "ioctl", "[FD] REQUEST [N]",
	  "siocinq: bytes to read; siocoutq: bytes unacknowledged; siocatmark",
	  { &fd_any, &arg_ioctl, &arg_ioctl_arg }, "ioctl($0, $1, $2)",
	  act_ioctl, EFFECT_NONE, 0 },
	{ "lseek", "[FD] OFFSET [set|cur|end]", "move a file's offset",
	  { &fd_file, &arg_offset, &arg_whence }, "lseek($0, $1, $2)",
	  act_lseek, EFFECT_NONE, 0 },
	{ "ftruncate", "[FD] SIZE", "make a file that long",
	  { &fd_file, &arg_size }, "ftruncate($0, $1)", act_ftruncate,
	  EFFECT_NONE, 0 },
	{ "fstat", "[FD]", "what a descriptor is open on",
	  { &fd_any }, "fstat($0, &st)", act_fstat, EFFECT_NONE, 0 },
	{ "unlink", "PATH", "remove a name",
	  { &arg_path }, "unlink($0)", act_unlink, EFFECT_NONE, 0 },
	{ "pipe", "", "make a pipe: read from the first, write to the second",
	  { 0 }, "pipe(fds)", act_pipe, EFFECT_PIPE, 0 },
	{ "pipe2", "[FLAG...]", "make a pipe, with flags",
	  { &arg_pipe_flags }, "pipe2(fds, $0)", act_pipe2, EFFECT_PIPE, 0 },
	{ "chdir", "PATH", "change the working directory",
	  { &arg_path }, "chdir($0)", act_chdir, EFFECT_NONE, 0 },
	{ "umask", "MODE", "the mode bits that open(O_CREAT) leaves out",
	  { &arg_mask }, "umask($0)", act_umask, EFFECT_NONE, 0 },
};

const struct puppet_group puppet_file = { calls, COUNT(calls) };
