/* SPDX-License-Identifier: BSD-3-Clause OR Apache-2.0 */
/* Copyright (c) 2026 The vhost-device authors */

/*
 * vhost-device-vsock: sockets between guests and their host, and from guest to
 * guest.
 *
 * There is either one guest, which the options describe, or there are as many
 * as --vm and the file of --config say.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "backends/vsock-sibling.h"
#include "daemons/daemon.h"
#include "daemons/guest.h"
#include "daemons/log.h"
#include "daemons/sandbox.h"
#include "daemons/service.h"
#include "daemons/vsock-config.h"
#include "daemons/vsock-guest.h"
#include "daemons/vsock-yaml.h"
#include "virtio-devices/util.h"

/**
 * struct vsock_settings - values of the options, and what comes of them
 * @values:       of the options that describe the only guest
 * @vms:          texts of --vm
 * @file:         of --config
 * @check_config: look at all this, and end
 * @config:       the guests
 * @switch_:      connects them
 */
struct vsock_settings {
	const char *values[VSOCK_N_KEYS];
	struct option_strings vms;
	const char *file;
	bool check_config;
	struct vsock_config config;
	struct vb_vsock_switch *switch_;
};

static struct vsock_settings settings;

#define AT(member) offsetof(struct vsock_settings, member)

/* An option for each key; what is not given has the default of its key. */
#define KEY(key, long_name, placeholder, default_value, text) \
	{ \
		.name = (long_name), .type = OPTION_STRING, \
		.offset = AT(values[(key)]), .value = (placeholder), \
		.usual = (default_value), .help = (text) \
	}

static const struct option_def defs[] = {
	KEY(VSOCK_GUEST_CID, "guest-cid", "CID", "3",
	    "Context ID of the guest, from 3 on."),
	KEY(VSOCK_SOCKET, "socket", "PATH", NULL,
	    "Make a listening socket for the guest's VMM at PATH, with nothing "
	    "appended."),
	KEY(VSOCK_UDS_PATH, "uds-path", "PATH", NULL,
	    "Make a socket at PATH for programs of the host that connect to "
	    "the guest, and another one at PATH_seqpacket. Port 1234 of the "
	    "host is where a program listens at PATH_1234."),
	KEY(VSOCK_FORWARD_CID, "forward-cid", "CID", NULL,
	    "In the place of --uds-path: connect the guest to this context ID "
	    "over AF_VSOCK. 1 is this machine, 2 its own host."),
	KEY(VSOCK_FORWARD_LISTEN, "forward-listen", "PORT[+PORT...]", NULL,
	    "With --forward-cid: let those who connect to these ports of this "
	    "machine through to the guest."),
	KEY(VSOCK_TX_BUFFER_SIZE, "tx-buffer-size", "BYTES", "262144",
	    "How much the guest may send ahead on each connection, from 4096 "
	    "to 536870912."),
	KEY(VSOCK_QUEUE_SIZE, "queue-size", "N", NULL,
	    "Checked, and not needed: rings may have any size up to 32768 "
	    "entries."),
	KEY(VSOCK_GROUPS, "groups", "GROUP[+GROUP...]", "default",
	    "Guests that have a group in common can talk to each other."),
	KEY(VSOCK_MAX_CONNECTIONS, "max-connections", "N", "1024",
	    "How many connections the guest may have at a time."),
	KEY(VSOCK_PORT_MAP, "port-map", "PORT:PATH[+PORT:PATH...]", NULL,
	    "Sockets that certain ports of the host lead to, in the place of "
	    "those beside --uds-path."),
	KEY(VSOCK_ALLOW_PORTS, "allow-ports", "PORT[-PORT][+...]", NULL,
	    "The guest may connect to these ports of the host only; 'none' "
	    "for no port. Without it, to all."),
	KEY(VSOCK_DIRECTION, "direction", "both|connect-only|listen-only",
	    "both",
	    "What the guest may do: begin connections, accept them, or both."),
	{ .name = "vm",
	  .type = OPTION_STRINGS,
	  .offset = AT(vms),
	  .value = "KEY=VALUE[,KEY=VALUE...]",
	  .help = "A guest. The keys are the names of the options above, "
		  "without the dashes in front. Can be repeated." },
	{ .name = "config",
	  .type = OPTION_STRING,
	  .offset = AT(file),
	  .value = "FILE",
	  .help = "Read the guests from a YAML file: under the key 'vms' a "
		  "list of guests, each with keys as for --vm. It is read "
		  "again on SIGHUP." },
	{ .name = "check-config",
	  .type = OPTION_FLAG,
	  .offset = AT(check_config),
	  .help = "Say whether the guests are described well, and exit." },
};

static int wrong(const char *option, const char *reason)
{
	if (option)
		log_error(NULL, "'--%s': %s", option, reason);
	else
		log_error(NULL, "%s", reason);

	return -EINVAL;
}

static bool has_single_options(void)
{
	for (size_t i = 0; i < VSOCK_N_KEYS; i++) {
		if (settings.values[i])
			return true;
	}

	return false;
}

/* Has it the options that all daemons have for their sockets? */
static bool is_usual(const struct daemon_settings *common)
{
	return common->socket_path || common->fd != DAEMON_NO_FD;
}

static int check_modes(const struct daemon_settings *common)
{
	bool several = settings.file || settings.vms.n > 0;

	if (settings.file && settings.vms.n > 0)
		return wrong(NULL, "'--config' and '--vm' exclude each other; "
				   "use one of them");
	if (several && has_single_options())
		return wrong(NULL, "'--config' and '--vm' describe a guest "
				   "completely; give no other options for one");
	if (several && is_usual(common))
		return wrong(NULL, "'--socket-path' and '--fd' are for one "
				   "guest; give the key 'socket' to each");
	if (settings.values[VSOCK_SOCKET] && is_usual(common))
		return wrong(NULL, "'--socket' excludes '--socket-path' and "
				   "'--fd'; use one of them");
	if (common->socket_count != 1)
		return wrong(NULL, "'--socket-count': each guest has a context "
				   "ID of its own; use '--vm' for each");

	return 0;
}

static int read_vms(bool need_socket)
{
	struct options_error error;
	int r = 0;

	for (size_t i = 0; r == 0 && i < settings.vms.n; i++)
		r = vsock_config_add_text(&settings.config,
					  settings.vms.items[i], need_socket,
					  &error);

	return r == -EINVAL ? wrong("vm", error.text) : r;
}

static int read_single(bool need_socket)
{
	VD_CLEANUP(vsock_vm_freep) struct vsock_vm *vm = NULL;
	enum vsock_key key = VSOCK_GUEST_CID;
	struct options_error error;
	int r = 0;

	vm = calloc(1, sizeof(*vm));
	if (!vm)
		return -ENOMEM;

	for (unsigned int i = 0; r == 0 && i < VSOCK_N_KEYS; i++) {
		key = (enum vsock_key)i;
		if (settings.values[key])
			r = vsock_vm_set(vm, key, settings.values[key], &error);
	}
	if (r == 0)
		r = vsock_vm_complete(vm, need_socket, &key, &error);
	if (r == 0)
		r = vsock_config_add(&settings.config, &vm, &key, &error);

	return r == -EINVAL ? wrong(vsock_key_name(key), error.text) : r;
}

static int read_config(const struct service *service,
		       const struct daemon_settings *common)
{
	bool passed = service->endpoints.n_passed > 0;

	if (settings.file)
		return vsock_yaml_load(settings.file, !passed,
				       &settings.config);
	if (settings.vms.n > 0)
		return read_vms(!passed);

	return read_single(!passed && !is_usual(common));
}

/* What a guest needs beside its connections: rings, memory, sockets. */
#define DESCRIPTORS_PER_GUEST 32

/* Which does not change, and cannot be asked for in the sandbox. */
static uint64_t descriptors(void)
{
	static struct rlimit limit;

	if (!limit.rlim_cur && getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return UINT64_MAX;

	return limit.rlim_cur;
}

/* Connections beyond this limit would be refused one by one. */
static void check_limit(void)
{
	size_t needed = DESCRIPTORS_PER_GUEST;

	for (size_t i = 0; i < settings.config.n; i++)
		needed += settings.config.vms[i]->max_connections +
			  DESCRIPTORS_PER_GUEST;

	if (descriptors() < needed)
		log_warning(NULL,
			    "all connections that the guests may have need %zu "
			    "descriptors, and we may have %llu; set "
			    "LimitNOFILE= in the unit, or 'ulimit -Hn', or a "
			    "lower max-connections",
			    needed, (unsigned long long)descriptors());
}

static const struct sandbox_call calls[] = {
	/* Programs that the guest connects to: vsock-unix-connect.c. */
	{ "socket", SANDBOX_IF_EQUAL, 0, AF_UNIX },
	{ "socket", SANDBOX_IF_EQUAL, 0, AF_VSOCK },
	{ "connect", 0, 0, 0 },
	{ "setsockopt", 0, 0, 0 },

	/* What systemd keeps: fd-store.c. */
	{ "kcmp", 0, 0, 0 },

	/* AF_VSOCK: vsock-vsock.c. */
	{ "getsockopt", SANDBOX_ELSEWHERE, 0, 0 },
	{ "getpeername", SANDBOX_ELSEWHERE, 0, 0 },
	{ 0 },
};

/* To read the file of --config again, and to serve further guests. */
static const struct sandbox_call reload_calls[] = {
	{ "openat", SANDBOX_IF_CLEAR, 2, O_ACCMODE | O_CREAT },
	{ "bind", 0, 0, 0 },
	{ "listen", 0, 0, 0 },
	{ 0 },
};

/* Sockets of other users are for root, too, and may be anywhere. */
static void open_sandbox(void)
{
	sandbox_keep_override();
	if (settings.file) {
		sandbox_keep_config(settings.file);
		sandbox_allow(reload_calls);
	}
}

static int add_guest(struct service *service, struct vsock_vm *vm)
{
	bool single = !settings.file && settings.vms.n == 0;
	char name[32];
	int r;

	snprintf(name, sizeof(name), "vhost-user-%u", vm->guest_cid);
	r = service_add_guest(service, vm->values[VSOCK_SOCKET],
			      single ? NULL : name, vm);
	vm->served = r == 0;

	return r;
}

static int vsock_add_guests(struct service *service,
			    const struct daemon_settings *common)
{
	int r;

	r = check_modes(common);
	if (r == 0)
		r = read_config(service, common);
	if (r < 0)
		return r;

	if (settings.check_config) {
		log_info(NULL,
			 "nothing is wrong with the configuration; "
			 "guests: %zu",
			 settings.config.n);
		return 1;
	}

	check_limit();
	open_sandbox();
	r = vb_vsock_switch_new(&settings.switch_);
	if (r < 0)
		return r;
	if (is_usual(common))
		return service_add_usual_guests(service,
						settings.config.vms[0]);

	for (size_t i = 0; r == 0 && i < settings.config.n; i++)
		r = add_guest(service, settings.config.vms[i]);

	return r;
}

/* Guests that are to stay as they are move to the new configuration. */
static void keep_guests(struct vsock_config *old, struct vsock_config *new)
{
	for (size_t i = 0; i < new->n; i++) {
		for (size_t k = 0; k < old->n; k++) {
			struct vsock_vm *vm = old->vms[k];

			if (!vm->served || !vsock_vm_equal(vm, new->vms[i]))
				continue;
			old->vms[k] = new->vms[i];
			new->vms[i] = vm;
			break;
		}
	}
}

static bool vsock_reload(struct service *service)
{
	struct vsock_config new, *old = &settings.config;

	if (!settings.file)
		return false;
	if (vsock_yaml_load(settings.file, service->endpoints.n_passed == 0,
			    &new) < 0) {
		log_error(settings.file, "all guests stay as they are");
		return true;
	}

	keep_guests(old, &new);
	for (size_t i = 0; i < old->n; i++) {
		if (old->vms[i]->served)
			service_remove_guest(service, old->vms[i]);
	}
	vsock_config_fini(old);
	*old = new;
	for (size_t i = 0; i < new.n; i++) {
		if (!new.vms[i]->served)
			(void)add_guest(service, new.vms[i]);
	}
	check_limit();

	return true;
}

static int vsock_new_device(struct guest *guest, struct vb_loop *loop,
			    struct vd_device **ret)
{
	return vsock_guest_new_device(guest, loop, settings.switch_,
				      guest_data(guest), ret);
}

/* The file of --config may have changed between two processes. */
static size_t vsock_guest_number(const void *data)
{
	const struct vsock_vm *vm = data;

	return vm->guest_cid;
}

static void vsock_finish(void)
{
	vb_vsock_switch_free(settings.switch_);
	vsock_config_fini(&settings.config);
}

const struct daemon program = {
	.name = "vhost-device-vsock",
	.type = "vsock",
	.summary = "Gives virtual machines sockets to their host and to each "
		   "other, over vhost-user.",
	.options = {
		.heading = "Options",
		.defs = defs,
		.n_defs = sizeof(defs) / sizeof(defs[0]),
		.settings = &settings,
	},
	.usage = "vhost-device-vsock [OPTIONS] --socket PATH --uds-path PATH\n"
		 "       vhost-device-vsock [OPTIONS] --socket PATH "
		 "--forward-cid CID\n"
		 "       vhost-device-vsock [OPTIONS] --fd FDNUM "
		 "--uds-path PATH\n"
		 "       vhost-device-vsock [OPTIONS] --vm KEY=VALUE,...\n"
		 "       vhost-device-vsock [OPTIONS] --config FILE",
	.new_device = vsock_new_device,
	.one_worker = true,
	.keep = true,
	.number = vsock_guest_number,
	.calls = calls,
	.add_guests = vsock_add_guests,
	.reload = vsock_reload,
	.finish = vsock_finish,
};
