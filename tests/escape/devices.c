/* SPDX-License-Identifier: MIT */
/* Devices, and the terminal that the caller sits at (descriptor 2 is one). */
#include "escape.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static int open_device(const struct attempt *a)
{
	return close_answer(open(a->path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

static int make_node(const struct attempt *a)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/tmp/escape-node-%s", a->id);
	(void)unlink(path);
	int r = answer(mknodat(AT_FDCWD, path, (mode_t)a->n | 0666, (dev_t)a->m));
	(void)unlink(path);
	return r;
}

/* The kernel reads 32 bits of the number: a filter that compares 64 lets this one pass (CVE-2019-10063). */
static unsigned long command(const struct attempt *a)
{
	return (unsigned long)a->n | (a->m ? 1UL << 32 : 0);
}

/* Typing "x": whether it arrives is looked at outside. */
static int type(const struct attempt *a)
{
	char key = 'x';

	return answer(ioctl(2, command(a), &key));
}

static int type_by_name(const struct attempt *a)
{
	int fd = open(a->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
	char key = 'x';

	return fd < 0 ? -errno : answer(ioctl(fd, command(a), &key));
}

static int paste(const struct attempt *a)
{
	char what[] = { 3 }; /* paste the selection */

	return answer(ioctl(2, command(a), what));
}

static int line_discipline(const struct attempt *a)
{
	int discipline = 21; /* N_GSM0710 */

	(void)a;
	return answer(ioctl(2, TIOCSETD, &discipline));
}

/* Stealing the terminal: in a session of one's own, as its controlling terminal. */
static int steal(const struct attempt *a)
{
	(void)a;
	if (setsid() < 0)
		return -errno;
	return answer(ioctl(2, TIOCSCTTY, 1));
}

/* A terminal of the sandbox's own may have the same name: the file system tells them apart. */
static int other_terminal(const struct attempt *a)
{
	struct stat st;

	(void)a;
	if (!fact("tty"))
		return NO_FACT;
	int fd = open(fact("tty"), O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	return fstat(fd, &st) == 0 && (long)st.st_dev == fact_number("ttydev") ? 0 : NOTHING;
}

#define DEVICE(id, path) { "dev-" id, open_device, "ENOENT", "open " path, path, 0, 0 }

static const struct attempt rows[] = {
	DEVICE("kmsg", "/dev/kmsg"), DEVICE("mem", "/dev/mem"), DEVICE("port", "/dev/port"), DEVICE("kvm", "/dev/kvm"),
	DEVICE("fuse", "/dev/fuse"), DEVICE("tun", "/dev/net/tun"), DEVICE("vsock", "/dev/vsock"),
	DEVICE("vhost-net", "/dev/vhost-net"), DEVICE("vhost-vsock", "/dev/vhost-vsock"), DEVICE("loop", "/dev/loop0"),
	DEVICE("loop-control", "/dev/loop-control"), DEVICE("sda", "/dev/sda"), DEVICE("vda", "/dev/vda"),
	DEVICE("console", "/dev/console"), DEVICE("tty0", "/dev/tty0"), DEVICE("tty1", "/dev/tty1"), DEVICE("vcs", "/dev/vcs"),
	DEVICE("input", "/dev/input/event0"), DEVICE("uinput", "/dev/uinput"), DEVICE("dri", "/dev/dri/card0"),
	DEVICE("render", "/dev/dri/renderD128"), DEVICE("snd", "/dev/snd/controlC0"), DEVICE("rfkill", "/dev/rfkill"),
	DEVICE("hpet", "/dev/hpet"), DEVICE("userfaultfd", "/dev/userfaultfd"), DEVICE("btrfs", "/dev/btrfs-control"),
	DEVICE("autofs", "/dev/autofs"), DEVICE("snapshot", "/dev/snapshot"), DEVICE("cpu-dma", "/dev/cpu_dma_latency"),
	DEVICE("udmabuf", "/dev/udmabuf"), DEVICE("dma-heap", "/dev/dma_heap/system"), DEVICE("ptp", "/dev/ptp0"),
	DEVICE("mqueue", "/dev/mqueue"),
	{ "mknod-mem", make_node, "EPERM", "make /dev/mem", NULL, S_IFCHR, 0x101 },
	{ "mknod-kmsg", make_node, "EPERM", "make /dev/kmsg", NULL, S_IFCHR, 0x10b },
	{ "mknod-disk", make_node, "EPERM", "make the node of a disk", NULL, S_IFBLK, 0xfe00 },
	{ "tiocsti", type, "EPERM", "type into the caller's terminal", NULL, TIOCSTI, 0 },
	{ "tiocsti-high", type, "EPERM", "the same with high bits in the number", NULL, TIOCSTI, 1 },
	{ "tiocsti-dev-tty", type_by_name, "EPERM|ENXIO", "type into /dev/tty", "/dev/tty", TIOCSTI, 0 },
	{ "tioclinux", paste, "EPERM", "paste into the console", NULL, TIOCLINUX, 0 },
	{ "tioclinux-high", paste, "EPERM", "the same with high bits in the number", NULL, TIOCLINUX, 1 },
	{ "tiocsetd", line_discipline, "EPERM", "load a line discipline", NULL, 0, 0 },
	{ "tiocsctty", steal, "EPERM|ENOTTY|EIO", "steal the terminal", NULL, 0, 0 },
	{ "pts-of-host", other_terminal, "ENOENT|-", "open the caller's terminal by its name", NULL, 0, 0 },
};
const struct attempts device_attempts = ATTEMPTS("devices", rows);
