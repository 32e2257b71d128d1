/* SPDX-License-Identifier: MIT */
#ifndef SBOX_TESTS_LEAK_CHECK_H
#define SBOX_TESTS_LEAK_CHECK_H

/**
 * leak_check() - fails the test that leaked, in a build with LeakSanitizer
 * Criterion ends its test processes without LeakSanitizer's own check at exit (measured with 2.4.1), so each suite asks
 * for it at its end: TestSuite(name, .fini = leak_check), or last in its own .fini.
 */
void leak_check(void);

#endif
