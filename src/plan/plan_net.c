/* SPDX-License-Identifier: MIT */
/* [network]: how the sandbox's network namespace is connected, and by what. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "base/path.h"
#include "base/str.h"
#include "plan/plan.h"
#include "profile/profile.h"

/* Never from PATH: pasta gets a hand on the sandbox's network. */
static const char *const pasta_paths[] = { "/usr/bin/pasta", "/usr/local/bin/pasta", "/bin/pasta" };

/* Unused elsewhere: pasta answers there with the host's resolver, wherever that listens. */
enum { SERVERS_MAX = 3 };

const char plan_forward4[] = "169.254.1.53", plan_forward6[] = "fd73:626f:7800::53";

const char *plan_pasta(struct host *host, struct arena *arena)
{
	for (size_t i = 0; i < ARRAY_SIZE(pasta_paths); i++) {
		struct resolved r;

		if (host_resolve(host, arena, pasta_paths[i], &r) == 0 && r.node->kind == NODE_FILE)
			return pasta_paths[i];
	}
	return NULL;
}

int plan_address(const char *text, uint8_t ret[16])
{
	memset(ret, 0, 16);
	if (inet_pton(AF_INET, text, ret) == 1)
		return AF_INET;
	return inet_pton(AF_INET6, text, ret) == 1 ? AF_INET6 : -EINVAL;
}

/* ---- lines that only hold with a connection ---- */

/*
 * A line that has no effect is an error, unless a later layer chose the mode: `--net=none` over a profile that publishes
 * a port means what it says.
 */
static bool line_holds(const struct plan *plan, const struct setting *s, struct err *err)
{
	const struct setting *decides = profile_get(plan->profile, plan->net == NET_JOIN ? KEY_network_join : KEY_network_mode);
	const char *what = plan->net == NET_JOIN ? "a namespace is joined" : arena_printf(plan->arena, "the mode is %s", net_words[plan->net].name);

	if (plan->net == NET_USER || (plan->net == NET_JOIN && s->key == KEY_network_dns))
		return true;
	if (decides->layer <= s->layer) {
		err_add(err, s->from, "%s: it needs mode = user, and %s", s->raw, what);
		err_remedy(err, "[network] mode = user, or --net=user");
	} else if (plan->net != NET_NONE && (s->key == KEY_network_allow || s->key == KEY_network_deny)) {
		err_warn(err, s->from, "%s: not limited, %s: every host can be reached that can be reached there", s->raw, what);
	}
	return false;
}

/* ---- publish = [ADDR:]HOST:GUEST[/udp] ---- */

static bool port_parse(const char *text, size_t n, uint16_t *ret)
{
	uint32_t port = 0;

	if (n == 0 || n > 5 || text[0] == '0')
		return false;
	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		port = port * 10 + (uint32_t)(text[i] - '0');
	}
	*ret = (uint16_t)port;
	return port <= UINT16_MAX;
}

/* [v6]: or v4:, which may be missing. */
static bool publish_address(struct arena *arena, const char *text, size_t n, struct plan_publish *p)
{
	if (n >= 2 && text[0] == '[' && text[n - 1] == ']') {
		p->address = arena_strndup(arena, text + 1, n - 2);
		p->family = plan_address(p->address, p->bytes);
		return p->family == AF_INET6;
	}
	p->address = arena_strndup(arena, text, n);
	p->family = plan_address(p->address, p->bytes);
	return p->family == AF_INET;
}

static bool publish_parse(struct arena *arena, const char *text, struct plan_publish *p)
{
	size_t n = strlen(text);
	const char *slash = strchr(text, '/');

	if (slash) {
		if (!streq(slash, "/udp") && !streq(slash, "/tcp"))
			return false;
		p->udp = streq(slash, "/udp");
		n = (size_t)(slash - text);
	}
	size_t guest = n;
	while (guest > 0 && text[guest - 1] != ':')
		guest--;
	if (guest == 0 || !port_parse(text + guest, n - guest, &p->guest))
		return false;
	size_t end = guest - 1, host = end;
	while (host > 0 && text[host - 1] != ':')
		host--;
	if (!port_parse(text + host, end - host, &p->host))
		return false;
	if (host > 0)
		return publish_address(arena, text, host - 1, p);
	return publish_address(arena, "127.0.0.1", strlen("127.0.0.1"), p);
}

static void publish_line(struct plan *plan, struct host *host, const struct setting *s, struct err *err)
{
	struct plan_publish p = { .from = s->from };

	if (!publish_parse(plan->arena, s->v.text, &p)) {
		err_add(err, s->from, "not [ADDRESS:]HOST-PORT:PORT-INSIDE[/udp]: %s", s->v.text);
		err_remedy(err, "say 8080:80, 0.0.0.0:8080:80, [::1]:8080:80 or 5353:53/udp");
		return;
	}
	vec_each (other, &plan->network.publish)
		if (other->host == p.host && other->udp == p.udp && streq(other->address, p.address)) {
			err_add(err, s->from, "port %u of %s is published twice", p.host, p.address);
			return;
		}
	if (p.udp && p.host != p.guest && !host->probe(host, PROBE_PASTA_2024, 0)) {
		err_add(err, s->from, "%s: this version of pasta loses the answers when the two UDP ports differ", s->v.text);
		err_remedy(err, "publish the same number on both sides: %u:%u/udp; or passt of 2024-09 or later", p.guest, p.guest);
		return;
	}
	vec_push(plan->arena, &plan->network.publish, p);
}

/* ---- names ---- */

bool plan_is_loopback(int family, const uint8_t *bytes)
{
	static const uint8_t loopback6[16] = { [15] = 1 };

	return family == AF_INET ? bytes[0] == 127 : memcmp(bytes, loopback6, sizeof(loopback6)) == 0;
}

static void resolver_add(struct plan *plan, const char *address)
{
	struct plan_network *net = &plan->network;

	if (net->closed)
		return; /* sbox's own is the only one */
	net->resolv_conf = arena_printf(plan->arena, "%snameserver %s\n", net->resolv_conf ? net->resolv_conf : "", address);
}

static void server_add(struct plan *plan, int family, const uint8_t *address)
{
	struct plan_server server = { .family = family };

	memcpy(server.address, address, sizeof(server.address));
	if (plan->network.closed && plan->network.servers.n < SERVERS_MAX)
		vec_push(plan->arena, &plan->network.servers, server);
}

static void dns_lines(struct plan *plan, struct err *err)
{
	vec_each (s, profile_list(plan->profile, KEY_network_dns)) {
		uint8_t bytes[16];

		if (!line_holds(plan, s, err))
			continue;
		int family = plan_address(s->v.text, bytes);
		if (family < 0) {
			err_add(err, s->from, "not an IPv4 or IPv6 address: %s", s->v.text);
			continue;
		}
		if (plan_is_loopback(family, bytes) && plan->net != NET_JOIN) {
			err_add(err, s->from, "%s is the sandbox's own loopback, where no resolver listens", s->v.text);
			err_remedy(err, "leave dns out: the host's resolver answers, wherever it listens");
			continue;
		}
		vec_push(plan->arena, &plan->network.dns, s->v.text);
		server_add(plan, family, bytes);
		resolver_add(plan, s->v.text);
	}
}

/* The interface leads to a resolver as to everything else, but not to one on the host's loopback (pasta of 2023 and 2025, seen). */
static void resolvers_by_interface(struct plan *plan, bool direct, struct err *err)
{
	struct plan_network *net = &plan->network;

	if (!direct && (net->forward4 || net->forward6)) {
		err_add(err, profile_get(plan->profile, KEY_network_interface)->from,
			"the host's resolver is on its loopback, and pasta asks by the interface alone");
		err_remedy(err, "say dns = ADDRESS");
	}
	if (direct)
		net->forward4 = net->forward6 = false;
}

/*
 * The host's file says of which family its resolver is, and how short names are completed; pasta reads the address from
 * there itself.  One that listens on the host's loopback cannot be reached from inside but through pasta.
 */
static void host_resolvers(struct plan *plan, struct host *host, struct err *err)
{
	const char *text = host->text(host, "/etc/resolv.conf");
	char *lines = arena_strdup(plan->arena, text ? text : "");
	struct plan_network *net = &plan->network;
	const char *search = NULL;
	VEC(const char *) direct = { 0 };

	for (char *line; (line = strsep(&lines, "\n"));) {
		char *word = next_word(&line), *value = word ? next_word(&line) : NULL;
		uint8_t bytes[16];

		if (!value)
			continue;
		if (streq(word, "search") || streq(word, "domain")) {
			search = value;
			for (char *more; (more = next_word(&line));)
				search = arena_printf(plan->arena, "%s %s", search, more);
		}
		if (!streq(word, "nameserver"))
			continue;
		value[strcspn(value, "%")] = '\0';
		int family = plan_address(value, bytes);
		if (family > 0)
			server_add(plan, family, bytes);
		net->forward4 |= family == AF_INET && !net->closed;
		net->forward6 |= family == AF_INET6 && !net->closed;
		if (family > 0 && !plan_is_loopback(family, bytes) && !(family == AF_INET6 && bytes[0] == 0xfe))
			vec_push(plan->arena, &direct, arena_strdup(plan->arena, value));
	}
	if (net->interface)
		resolvers_by_interface(plan, direct.n, err);
	if (net->forward4)
		resolver_add(plan, plan_forward4);
	if (net->forward6)
		resolver_add(plan, plan_forward6);
	/* An answer that is too long for UDP is asked for by TCP, which an older pasta forwards nowhere. */
	net->forward_tcp = (net->forward4 || net->forward6) && net->pasta_new;
	vec_each (address, &direct)
		if (!net->forward_tcp)
			resolver_add(plan, *address);
	if (net->closed && net->servers.n)
		net->resolv_conf = "nameserver 127.0.0.1\n";
	else if (search && net->resolv_conf)
		net->resolv_conf = arena_printf(plan->arena, "%ssearch %s\n", net->resolv_conf, search);
	if (!net->resolv_conf) {
		net->resolv_conf = "";
		vec_push(plan->arena, &plan->remarks,
			 (struct plan_remark){ profile_get(plan->profile, KEY_network_mode)->from,
					       "/etc/resolv.conf of the host names no resolver: names are not resolved inside" });
	}
}

/* ---- pasta's command line ---- */

typedef VEC(const char *) words;

static void push(struct plan *plan, words *w, const char *option, const char *value)
{
	vec_push(plan->arena, w, option);
	if (value)
		vec_push(plan->arena, w, value);
}

static void push_ports(struct plan *plan, words *w, const char *option, bool udp)
{
	bool any = false;

	vec_each (p, &plan->network.publish) {
		if (p->udp != udp)
			continue;
		push(plan, w, option, arena_printf(plan->arena, "%s/%u:%u", p->address, p->host, p->guest));
		any = true;
	}
	if (!any)
		push(plan, w, option, "none");
}

/*
 * Only what every version since 2023 takes.  pasta's defaults connect the sandbox with the host's loopback in both
 * directions, by ports that listen (-t, -u, -T, -U auto) and by the gateway's address.  It neither goes to the background
 * nor watches the namespace: the supervisor ends it.
 */
static void pasta_command(struct plan *plan)
{
	static const char *const always[] = { "--foreground", "--quiet", "--config-net", "--no-map-gw", "--no-netns-quit", "--no-dhcp",
					      "--no-dhcpv6", "--no-ra", "-T", "none", "-U", "none",
					      "--pid", "/dev/stdout" };
	struct plan_network *net = &plan->network;
	words w = { 0 };

	vec_push(plan->arena, &w, net->pasta);
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		vec_push(plan->arena, &w, always[i]);
	push_ports(plan, &w, "-t", false);
	push_ports(plan, &w, "-u", true);
	if (net->forward4)
		push(plan, &w, "--dns-forward", plan_forward4);
	if (net->forward6)
		push(plan, &w, "--dns-forward", plan_forward6);
	/* Else only addresses and routes of the sandbox would be those of the interface. */
	if (net->interface)
		push(plan, &w, "-i", net->interface);
	if (net->via4)
		push(plan, &w, "--outbound-if4", net->interface);
	if (net->via6)
		push(plan, &w, "--outbound-if6", net->interface);
	/* As root it would become nobody, who may not enter a namespace that root owns. */
	if (plan->caller->uid == 0)
		push(plan, &w, "--runas", "0");
	net->pasta_argv = w.v;
	net->n_pasta_argv = w.n;
}

static void user_mode(struct plan *plan, struct host *host, struct err *err)
{
	struct plan_network *net = &plan->network;

	net->from = profile_get(plan->profile, KEY_network_mode)->from;
	net->pasta = plan_pasta(host, plan->arena);
	if (!net->pasta) {
		err_add(err, net->from, "mode = user needs pasta, which is not installed");
		err_remedy(err, "apt-get install passt (Fedora, Arch and Alpine call it passt too); or --net=none, --net=host");
		return;
	}
	net->pasta_new = host->probe(host, PROBE_PASTA_2024, 0);
	net->pasta_guarded = host->probe(host, PROBE_APPARMOR, 0) == 1;
	const struct setting *interface = profile_get(plan->profile, KEY_network_interface);
	if (interface && plan_interface(plan, host, interface, err) < 0)
		return;
	if (!net->dns.n)
		host_resolvers(plan, host, err);
	else if (net->closed)
		net->resolv_conf = "nameserver 127.0.0.1\n";
	plan->handshake = true;
	pasta_command(plan);
}

/* How it is connected, and what listens there, is for whoever made it. */
static void joined_network(struct plan *plan, struct host *host, struct err *err)
{
	const struct setting *s = profile_get(plan->profile, KEY_network_join);
	struct plan_network *net = &plan->network;

	net->from = s->from;
	net->join = s->raw;
	net->join_path = s->v.src;
	net->join_fd = (int)s->v.number;
	if (!net->join_path && !host->probe(host, PROBE_FD_OPEN, net->join_fd)) {
		err_add(err, s->from, "descriptor %d is not open", net->join_fd);
		err_remedy(err, "hand it to sbox: sbox … %d< /run/netns/NAME", net->join_fd);
	}
}

int plan_network(struct plan *plan, struct host *host, struct err *err)
{
	size_t before = err->errors;

	vec_each (s, profile_list(plan->profile, KEY_network_publish))
		if (line_holds(plan, s, err))
			publish_line(plan, host, s, err);
	const struct setting *interface = profile_get(plan->profile, KEY_network_interface);
	if (interface)
		(void)line_holds(plan, interface, err);
	plan_egress(plan, line_holds, err);
	dns_lines(plan, err);
	if (plan->net == NET_USER)
		user_mode(plan, host, err);
	if (plan->net == NET_JOIN)
		joined_network(plan, host, err);
	return err->errors == before ? 0 : -EINVAL;
}
