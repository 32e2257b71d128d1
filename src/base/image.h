/* SPDX-License-Identifier: MIT */
/* This program's own file, as it is mapped. */
#ifndef SBOX_BASE_IMAGE_H
#define SBOX_BASE_IMAGE_H

/**
 * image_let_go() - take the pages of the program's file that only its start needed out of this process; what is called
 * again comes back by itself
 *
 * For processes that stay: of 1.6 MiB a loop needs a tenth.  What the start has written stays.
 */
void image_let_go(void);

#endif
