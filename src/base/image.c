/* SPDX-License-Identifier: MIT */
#include "base/image.h"

#include <link.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Only the program itself: what else a sanitizer's build maps stays. */
static int segments_let_go(struct dl_phdr_info *info, size_t size, void *data)
{
	uintptr_t page = (uintptr_t)getpagesize();

	(void)size;
	(void)data;
	for (unsigned i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		uintptr_t begin = (info->dlpi_addr + segment->p_vaddr) & -page, end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;

		if (segment->p_type == PT_LOAD && !(segment->p_flags & PF_W))
			(void)madvise((void *)begin, end - begin, MADV_DONTNEED); // NOLINT(performance-no-int-to-ptr)
	}
	return 1;
}

void image_let_go(void)
{
	(void)dl_iterate_phdr(segments_let_go, NULL);
}
