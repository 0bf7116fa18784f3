# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

virtio_devices_headers = \
	virtio-devices/chain.h \
	virtio-devices/device.h \
	virtio-devices/gpio-backend.h \
	virtio-devices/gpio.h \
	virtio-devices/i2c-backend.h \
	virtio-devices/i2c.h \
	virtio-devices/rng-backend.h \
	virtio-devices/rng.h \
	virtio-devices/sound-backend.h \
	virtio-devices/sound.h \
	virtio-devices/state.h \
	virtio-devices/token-bucket.h \
	virtio-devices/util.h \
	virtio-devices/virtqueue.h \
	virtio-devices/vsock-host.h \
	virtio-devices/vsock.h
nobase_include_HEADERS += $(virtio_devices_headers)

noinst_HEADERS += \
	virtio-devices/gpio-private.h \
	virtio-devices/i2c-private.h \
	virtio-devices/inflight-packed.h \
	virtio-devices/inflight.h \
	virtio-devices/sound-private.h \
	virtio-devices/sound-wire.h \
	virtio-devices/virtqueue-kicks.h \
	virtio-devices/virtqueue-pool.h \
	virtio-devices/virtqueue-ring.h \
	virtio-devices/vsock-connection.h \
	virtio-devices/vsock-credit.h \
	virtio-devices/vsock-device.h \
	virtio-devices/vsock-flows.h \
	virtio-devices/vsock-gather.h \
	virtio-devices/vsock-list.h \
	virtio-devices/vsock-message.h \
	virtio-devices/vsock-packet.h \
	virtio-devices/vsock-read.h \
	virtio-devices/vsock-rx.h \
	virtio-devices/vsock-spill.h \
	virtio-devices/vsock-state.h \
	virtio-devices/vsock-tx.h \
	virtio-devices/vsock-write.h

# The programs of this project take the objects as they are; all others link
# the library.
noinst_LTLIBRARIES += virtio-devices/libdevices.la
virtio_devices_libdevices_la_SOURCES = \
	virtio-devices/chain.c \
	virtio-devices/device.c \
	virtio-devices/gpio-line.c \
	virtio-devices/gpio-names.c \
	virtio-devices/gpio-state.c \
	virtio-devices/gpio.c \
	virtio-devices/i2c-request.c \
	virtio-devices/i2c.c \
	virtio-devices/inflight-packed-recover.c \
	virtio-devices/inflight-packed.c \
	virtio-devices/inflight-split.c \
	virtio-devices/inflight.c \
	virtio-devices/rng.c \
	virtio-devices/sound-clock.c \
	virtio-devices/sound-control.c \
	virtio-devices/sound-elements.c \
	virtio-devices/sound-events.c \
	virtio-devices/sound-format.c \
	virtio-devices/sound-info.c \
	virtio-devices/sound-kicks.c \
	virtio-devices/sound-message.c \
	virtio-devices/sound-move.c \
	virtio-devices/sound-pcm.c \
	virtio-devices/sound-state.c \
	virtio-devices/sound-stream.c \
	virtio-devices/sound.c \
	virtio-devices/state.c \
	virtio-devices/token-bucket.c \
	virtio-devices/virtqueue-descriptors.c \
	virtio-devices/virtqueue-packed.c \
	virtio-devices/virtqueue-pool.c \
	virtio-devices/virtqueue-queue.c \
	virtio-devices/virtqueue-split.c \
	virtio-devices/virtqueue.c \
	virtio-devices/vsock-connection.c \
	virtio-devices/vsock-flows.c \
	virtio-devices/vsock-gather.c \
	virtio-devices/vsock-host.c \
	virtio-devices/vsock-lost.c \
	virtio-devices/vsock-message.c \
	virtio-devices/vsock-packet.c \
	virtio-devices/vsock-read.c \
	virtio-devices/vsock-rx.c \
	virtio-devices/vsock-spill.c \
	virtio-devices/vsock-state.c \
	virtio-devices/vsock-tx.c \
	virtio-devices/vsock-write.c \
	virtio-devices/vsock.c

lib_LTLIBRARIES += virtio-devices/libvirtio-devices.la
virtio_devices_libvirtio_devices_la_SOURCES =
virtio_devices_libvirtio_devices_la_LIBADD = virtio-devices/libdevices.la
virtio_devices_libvirtio_devices_la_LDFLAGS = $(AM_LDFLAGS) \
	-no-undefined -version-info 0:0:0 \
	-Wl,--version-script=virtio-devices/libvirtio-devices.map
EXTRA_virtio_devices_libvirtio_devices_la_DEPENDENCIES = \
	virtio-devices/libvirtio-devices.map

pkgconfig_DATA += virtio-devices/virtio-devices.pc

CLEANFILES += virtio-devices/libvirtio-devices.map
virtio-devices/libvirtio-devices.map: $(virtio_devices_headers) Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && name=VIRTIO_DEVICES_0 && \
	headers=`for header in $(virtio_devices_headers); do \
		echo $(srcdir)/$$header; done` && $(export_map) >$@
