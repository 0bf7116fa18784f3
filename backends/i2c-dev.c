/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * Which adapter is meant, what it can do, and transfers on plain I2C adapters.
 * What is left for adapters that know SMBus only is in i2c-smbus.c.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "backends/i2c-dev.h"
#include "backends/i2c-smbus.h"
#include "virtio-devices/i2c-backend.h"
#include "virtio-devices/util.h"

#define DEVICES "/sys/bus/i2c/devices"

/*
 * In units of 10 ms.  A guest's driver may give up and take its buffers back
 * while we still wait for the bus, so that should not take long.
 */
#define TIMEOUT 10

/**
 * struct i2c_dev - an adapter
 * @backend: what the device sees
 * @events:  whom to tell
 * @path:    of the device file
 * @number:  of the adapter
 * @adapter: the adapter
 * @told:    @events has been told
 */
struct i2c_dev {
	struct vd_i2c_backend backend;
	struct vb_i2c_dev_events events;
	char path[PATH_MAX];
	unsigned int number;
	struct i2c_adapter adapter;
	bool told;
};

static struct i2c_dev *to_dev(struct vd_i2c_backend *backend)
{
	return container_of(backend, struct i2c_dev, backend);
}

static int plain_transfer(struct i2c_dev *dev, struct vd_i2c_msg *msgs,
			  size_t n)
{
	struct i2c_msg wire[VD_I2C_MAX_MSGS];
	struct i2c_rdwr_ioctl_data data = { .msgs = wire, .nmsgs = (__u32)n };
	int r;

	for (size_t i = 0; i < n; i++) {
		wire[i] = (struct i2c_msg){
			.addr = msgs[i].address,
			.flags = (msgs[i].read ? I2C_M_RD : 0) |
				 (msgs[i].ten_bit ? I2C_M_TEN : 0),
			.len = msgs[i].len,
			.buf = msgs[i].buf,
		};
	}

	r = ioctl(dev->adapter.fd, I2C_RDWR, &data);
	if (r < 0)
		return -errno;

	return (size_t)r == n ? 0 : -EIO;
}

static int dev_transfer(struct vd_i2c_backend *backend, struct vd_i2c_msg *msgs,
			size_t n)
{
	struct i2c_dev *dev = to_dev(backend);
	int r;

	if (dev->adapter.funcs & I2C_FUNC_I2C)
		r = plain_transfer(dev, msgs, n);
	else
		r = i2c_smbus_transfer(&dev->adapter, msgs, n);

	if (r == -EOPNOTSUPP && !dev->told && dev->events.unsupported) {
		dev->told = true;
		dev->events.unsupported(dev->events.context, dev->path);
	}

	return r;
}

static void dev_destroy(struct vd_i2c_backend *backend)
{
	struct i2c_dev *dev = to_dev(backend);

	if (dev->adapter.fd >= 0)
		close(dev->adapter.fd);
	free(dev);
}

static const struct vd_i2c_backend_ops dev_ops = {
	.name = "i2c-dev",
	.transfer = dev_transfer,
	.destroy = dev_destroy,
};

/* Does the adapter of this directory entry have this name? */
static bool is_named(const char *entry, const char *name)
{
	char path[PATH_MAX], line[256] = "";
	FILE *file;

	snprintf(path, sizeof(path), DEVICES "/%s/name", entry);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';

	return strcmp(line, name) == 0;
}

/* Clients are in the same directory, but called N-ADDRESS. */
static int find_by_name(const char *name, unsigned int *ret)
{
	DIR *dir = opendir(DEVICES);
	struct dirent *entry;
	int n = 0;

	if (!dir)
		return -ENOENT;

	while ((entry = readdir(dir))) {
		unsigned int number;

		if (sscanf(entry->d_name, "i2c-%u", &number) != 1 ||
		    !is_named(entry->d_name, name))
			continue;
		*ret = number;
		n++;
	}
	closedir(dir);

	if (n > 1)
		return -ENOTUNIQ;

	return n ? 0 : -ENOENT;
}

static int device_path(const char *bus, char *path, size_t size)
{
	unsigned int number = 0;
	int r;

	if (strchr(bus, '/')) {
		snprintf(path, size, "%s", bus);
		return 0;
	}
	if (bus[strspn(bus, "0123456789")] == '\0') {
		snprintf(path, size, "/dev/i2c-%s", bus);
		return 0;
	}

	r = find_by_name(bus, &number);
	if (r < 0)
		return r;
	snprintf(path, size, "/dev/i2c-%u", number);

	return 0;
}

static int open_adapter(struct i2c_dev *dev)
{
	struct stat st;

	dev->adapter.fd = open(dev->path, O_RDWR | O_CLOEXEC);
	if (dev->adapter.fd < 0 || fstat(dev->adapter.fd, &st) < 0)
		return -errno;
	if (!S_ISCHR(st.st_mode) ||
	    ioctl(dev->adapter.fd, I2C_FUNCS, &dev->adapter.funcs) < 0)
		return -ENOTTY;
	if (!(dev->adapter.funcs & (I2C_FUNC_I2C | I2C_SMBUS_ANY)))
		return -ENOTSUP;

	/* An adapter that has its own idea of a time-out keeps that. */
	(void)ioctl(dev->adapter.fd, I2C_TIMEOUT, TIMEOUT);
	dev->number = minor(st.st_rdev);

	return 0;
}

int vb_i2c_dev_new(const char *bus, const struct vb_i2c_dev_events *events,
		   struct vd_i2c_backend **ret)
{
	struct i2c_dev *dev = calloc(1, sizeof(*dev));
	int r;

	if (!dev)
		return -ENOMEM;

	dev->backend.ops = &dev_ops;
	dev->events = *events;
	dev->adapter.fd = -1;
	r = device_path(bus, dev->path, sizeof(dev->path));
	if (r == 0)
		r = open_adapter(dev);
	if (r < 0) {
		dev_destroy(&dev->backend);
		return r;
	}

	*ret = &dev->backend;
	return 0;
}

void vb_i2c_dev_force(struct vd_i2c_backend *backend)
{
	to_dev(backend)->adapter.force = true;
}

unsigned int vb_i2c_dev_number(struct vd_i2c_backend *backend)
{
	return to_dev(backend)->number;
}

int vb_i2c_dev_check(struct vd_i2c_backend *backend, uint16_t address,
		     bool ten_bit, char *driver, size_t size)
{
	const struct i2c_dev *dev = to_dev(backend);
	/* The kernel marks 10-bit addresses in the names of clients like so. */
	unsigned int name = ten_bit ? 0xa000U | address : address;
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	if (ten_bit &&
	    ~dev->adapter.funcs & (I2C_FUNC_I2C | I2C_FUNC_10BIT_ADDR))
		return -ENOTSUP;

	snprintf(link, sizeof(link), DEVICES "/%u-%04x/driver", dev->number,
		 name);
	n = readlink(link, target, sizeof(target) - 1);
	if (n >= 0) {
		target[n] = '\0';
		snprintf(driver, size, "%s", basename(target));
		return -EBUSY;
	}

	/* The kernel looks at both sides of multiplexers, too. */
	if (ten_bit || ioctl(dev->adapter.fd, I2C_SLAVE, address) == 0 ||
	    errno != EBUSY)
		return 0;
	snprintf(driver, size, "for the other side of a multiplexer");

	return -EBUSY;
}
