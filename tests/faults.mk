# SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0

# Each daemon, linked so that calls can fail; see faults.h.
EXTRA_DIST += tests/faults.h tests/faults-session.h
faults_sources = tests/test-faults.c tests/faults.c tests/faults-session.c \
	$(daemon_fixture)
# Daemons and tests have a function of this name, and are one program here.
faults_cppflags = $(daemon_fixture_cppflags) \
	-Dguest_free=fixture_guest_free -DFAULTS_AGAIN=false
faults_cflags = $(AM_CFLAGS) $(CRITERION_CFLAGS) -pthread
faults_ldflags = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=reallocarray \
	-Wl,--wrap=strdup,--wrap=strndup,--wrap=asprintf,--wrap=free \
	-Wl,--wrap=epoll_create1,--wrap=eventfd,--wrap=timerfd_create \
	-Wl,--wrap=signalfd,--wrap=socket,--wrap=bind,--wrap=listen \
	-Wl,--wrap=accept4,--wrap=getsockopt,--wrap=recvmsg,--wrap=sendmsg \
	-Wl,--wrap=mmap,--wrap=fstat,--wrap=statx,--wrap=epoll_wait \
	-Wl,--wrap=epoll_ctl,--wrap=pthread_create,--wrap=connect \
	-Wl,--wrap=fopen,--wrap=close

check_PROGRAMS += tests/test-faults-rng
tests_test_faults_rng_SOURCES = $(faults_sources) daemons/vhost-device-rng.c
tests_test_faults_rng_CPPFLAGS = $(faults_cppflags)
tests_test_faults_rng_CFLAGS = $(faults_cflags)
tests_test_faults_rng_LDFLAGS = $(faults_ldflags)
tests_test_faults_rng_LDADD = \
	backends/librng.la daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-faults-rng

check_PROGRAMS += tests/test-faults-i2c
tests_test_faults_i2c_SOURCES = $(faults_sources) \
	daemons/vhost-device-i2c.c daemons/i2c-list.c
tests_test_faults_i2c_CPPFLAGS = $(faults_cppflags)
tests_test_faults_i2c_CFLAGS = $(faults_cflags)
tests_test_faults_i2c_LDFLAGS = $(faults_ldflags)
tests_test_faults_i2c_LDADD = \
	backends/libi2c.la daemons/libdaemon.la $(CRITERION_LIBS)
TESTS += tests/test-faults-i2c

if HAVE_GPIOD
check_PROGRAMS += tests/test-faults-gpio
tests_test_faults_gpio_SOURCES = $(faults_sources) \
	daemons/vhost-device-gpio.c daemons/gpio-control.c daemons/gpio-list.c
tests_test_faults_gpio_CPPFLAGS = $(faults_cppflags)
tests_test_faults_gpio_CFLAGS = $(faults_cflags)
tests_test_faults_gpio_LDFLAGS = $(faults_ldflags)
tests_test_faults_gpio_LDADD = \
	backends/libgpiod.la backends/libgpio-sim.la daemons/libdaemon.la \
	$(CRITERION_LIBS)
TESTS += tests/test-faults-gpio
endif

check_PROGRAMS += tests/test-faults-vsock
tests_test_faults_vsock_SOURCES = $(faults_sources) $(vsock_sources)
tests_test_faults_vsock_CPPFLAGS = $(faults_cppflags)
tests_test_faults_vsock_CFLAGS = $(faults_cflags)
tests_test_faults_vsock_LDFLAGS = $(faults_ldflags)
tests_test_faults_vsock_LDADD = \
	$(daemons_vhost_device_vsock_LDADD) $(CRITERION_LIBS)
if HAVE_CYAML
tests_test_faults_vsock_SOURCES += tests/faults-yaml.c
tests_test_faults_vsock_CPPFLAGS += -DFAULTS_YAML
tests_test_faults_vsock_CFLAGS += $(CYAML_CFLAGS)
tests_test_faults_vsock_LDFLAGS += \
	-Wl,--wrap=cyaml_mem,--wrap=yaml_parser_initialize \
	-Wl,--wrap=yaml_parser_load
endif
EXTRA_DIST += tests/faults-yaml.c
TESTS += tests/test-faults-vsock

check_PROGRAMS += tests/test-faults-sound
tests_test_faults_sound_SOURCES = $(faults_sources) $(sound_sources)
tests_test_faults_sound_CPPFLAGS = $(faults_cppflags)
tests_test_faults_sound_CFLAGS = $(faults_cflags)
tests_test_faults_sound_LDFLAGS = $(faults_ldflags)
tests_test_faults_sound_LDADD = $(sound_libs) $(CRITERION_LIBS)
TESTS += tests/test-faults-sound

# The same with a sound server, some of whose answers do not come.
EXTRA_DIST += tests/faults-pulse.c
if HAVE_PULSE
check_PROGRAMS += tests/test-faults-pulse
tests_test_faults_pulse_SOURCES = $(faults_sources) $(sound_sources) \
	tests/faults-pulse.c tests/fixture-pulse.c
tests_test_faults_pulse_CPPFLAGS = $(faults_cppflags) \
	-UFAULTS_AGAIN -DFAULTS_AGAIN=true -DFAULTS_PULSE
tests_test_faults_pulse_CFLAGS = $(faults_cflags) $(PULSE_CFLAGS)
tests_test_faults_pulse_LDFLAGS = $(faults_ldflags) \
	-Wl,--wrap=pa_context_new_with_proplist,--wrap=pa_context_connect \
	-Wl,--wrap=pa_context_subscribe,--wrap=pa_context_get_sink_info_by_name \
	-Wl,--wrap=pa_context_get_source_info_by_name \
	-Wl,--wrap=pa_context_get_sink_input_info \
	-Wl,--wrap=pa_context_get_source_output_info \
	-Wl,--wrap=pa_context_set_sink_input_volume \
	-Wl,--wrap=pa_context_set_sink_input_mute \
	-Wl,--wrap=pa_context_set_source_output_volume \
	-Wl,--wrap=pa_context_set_source_output_mute,--wrap=pa_stream_new \
	-Wl,--wrap=pa_stream_connect_playback,--wrap=pa_stream_connect_record \
	-Wl,--wrap=pa_stream_write,--wrap=pa_stream_begin_write \
	-Wl,--wrap=pa_stream_peek,--wrap=pa_stream_cork,--wrap=pa_stream_drain
tests_test_faults_pulse_LDADD = \
	$(sound_libs) $(PULSE_LIBS) $(CRITERION_LIBS)
TESTS += tests/test-faults-pulse
endif
