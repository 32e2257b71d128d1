/* SPDX-License-Identifier: MIT */
#ifndef SBOX_TESTS_LEAK_CHECK_H
#define SBOX_TESTS_LEAK_CHECK_H

/**
 * leak_check() - ends a test binary with a failure when the test leaked, in a build with LeakSanitizer
 * Criterion ends its test processes without LeakSanitizer's own check at exit, so each suite asks for it at its end:
 * TestSuite(name, .fini = leak_check), or last in its own .fini.  There an assertion that fails counts for nothing, only
 * a crash does; run the binary without --tap to read what was leaked (all measured with criterion 2.4.1).
 */
void leak_check(void);

#endif
