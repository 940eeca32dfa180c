#!/usr/bin/env bats
# shellcheck disable=SC2016	# evaluated later
#
# tests/assert.bash, which stands in where there is no bats-assert, says yes and
# no to the same.

# Each is evaluated, with what `run` has left of a command that failed with 3.
CASES=(
	'fail no' 'assert true' 'assert false' 'assert [ -n "$output" ]'
	'refute true' 'refute false'
	'assert_success' 'status=0; assert_success'
	'assert_failure' 'assert_failure 3' 'assert_failure 2'
	'status=0; assert_failure' 'status=0; assert_failure 0'
	'assert_equal a a' 'assert_equal a b' 'assert_equal "a*" ab'
	'assert_not_equal a a' 'assert_not_equal a b'
	'assert_output "$output"' 'assert_output one' 'assert_output "*"'
	'output=; assert_output ""'
	'assert_output --partial "e [t"' 'assert_output --partial "o*e"'
	'assert_output --regexp "^one"' 'assert_output --regexp "^two"'
	'refute_output' 'output=; refute_output'
	'refute_output one' 'refute_output "$output"'
	'refute_output --partial "[t"' 'refute_output --partial "[x"'
	'refute_output --regexp "w.\]"' 'refute_output --regexp "w.x"'
	'assert_line three' 'assert_line "three "' 'assert_line thre'
	'assert_line "*"' 'assert_line --index 1 three'
	'assert_line --index 0 three' 'assert_line --index 7 three'
	'assert_line --partial hre' 'assert_line --partial "h*e"'
	'assert_line --regexp "^th.*e$"' 'assert_line --regexp "^h"'
	'assert_line --index 1 --partial hre'
	'assert_line --index 0 --partial hre'
	'assert_line --index 1 --regexp "e$"'
	'refute_line three' 'refute_line thre' 'refute_line --partial hre'
	'refute_line --partial hrx' 'refute_line --regexp "^t"'
	'refute_line --regexp "^h"' 'refute_line --index 0 three'
	'refute_line --index 1 three'
)

setup() {
	load helper
	need bats-assert bats_library bats-assert
}

# verdicts: of the functions that are now defined.
verdicts() {
	local it output=$'one [two]\nthree' status=3 lines=("one [two]" three)

	for it in "${CASES[@]}"; do
		(eval "$it") >/dev/null 2>&1 && echo "yes $it" || echo "no  $it"
	done
}

@test "what stands in for bats-assert gives the same verdicts" {
	local theirs ours

	theirs=$(verdicts)
	ours=$(source "$TOP/tests/assert.bash" && verdicts)
	diff -u <(echo "$theirs") <(echo "$ours")
	[[ $ours == *yes*no* ]]
}
