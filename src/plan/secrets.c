/* SPDX-License-Identifier: MIT */
/* Files whose loss hurts most: keys, tokens, what was typed, what browsers and mail programs remember. */
#include "base/path.h"
#include "plan/plan.h"
#include "plan/secrets.h"

/* Below the home: the name itself, and everything below it. */
static const char *const secrets[] = {
	/* keys and passwords */
	".ssh", ".gnupg", ".pki", ".password-store", ".local/share/keyrings", ".local/share/kwalletd", ".kde/share/apps/kwallet",
	".config/keepassxc", ".keepass", ".config/sops", ".config/age", ".local/share/pass", ".netrc", ".authinfo", ".authinfo.gpg",
	".pgpass", ".my.cnf", ".mylogin.cnf", ".Xauthority", ".ICEauthority", ".vnc", ".rhosts", ".smbcredentials",
	/* the cloud, and where code comes from */
	".aws", ".azure", ".config/gcloud", ".boto", ".s3cfg", ".config/rclone", ".oci", ".config/doctl", ".terraform.d", ".terraformrc",
	".vault-token", ".kube", ".docker", ".config/containers", ".config/helm", ".git-credentials", ".config/git/credentials",
	".config/gh", ".config/glab-cli", ".config/hub", ".npmrc", ".yarnrc.yml", ".pypirc", ".config/pypoetry", ".cargo/credentials",
	".cargo/credentials.toml", ".gem/credentials", ".m2/settings.xml", ".m2/settings-security.xml", ".gradle/gradle.properties",
	".nuget/NuGet", ".composer/auth.json", ".config/composer/auth.json", ".databricks-cfg", ".snowsql", ".claude", ".codex",
	".config/op", ".config/Bitwarden", ".config/Bitwarden CLI",
	/* browsers, mail, chat */
	".mozilla", ".config/mozilla", ".librewolf", ".thunderbird", ".config/google-chrome", ".config/google-chrome-beta",
	".config/chromium", ".config/BraveSoftware", ".config/microsoft-edge", ".config/vivaldi", ".config/opera", ".config/evolution",
	".local/share/evolution", ".config/Signal", ".config/Slack", ".config/discord", ".config/Element", ".local/share/TelegramDesktop",
	".purple", ".mutt", ".muttrc", ".config/mutt", ".mbsyncrc", ".msmtprc", ".offlineimaprc", ".fetchmailrc", ".getmail",
	/* money */
	".bitcoin", ".ethereum", ".electrum", ".monero",
	/* what was typed */
	".local/share/fish/fish_history", ".lesshst", ".viminfo", ".local/state/nvim/shada", ".local/share/recently-used.xbel",
};

/* Of the machine, for a sandbox that root starts. */
static const char *const system_secrets[] = {
	"/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-", "/etc/ssh", "/etc/ssl/private", "/etc/sudoers", "/etc/krb5.keytab",
	"/etc/NetworkManager/system-connections", "/etc/wireguard", "/etc/letsencrypt",
};

/* .bash_history, .zsh_history, .python_history, .psql_history, … */
static bool is_history(const char *path, const char *home)
{
	static const char end[] = "_history";
	const char *name = path_below(path, home);
	size_t n = name ? strlen(name) : 0;

	return name && *name == '.' && !strchr(name, '/') && n > sizeof(end) && streq(name + n - strlen(end), end);
}

const char *secret_below(const struct plan *plan, struct host *host, struct arena *arena, const char *path)
{
	struct resolved r;

	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++) {
		const char *secret = path_join(arena, plan->caller->home, secrets[i]);

		if (path_below(secret, path) && host_resolve(host, arena, secret, &r) == 0 && r.node->kind != NODE_MISSING)
			return secret;
	}
	return NULL;
}

bool is_secret(const struct plan *plan, struct arena *arena, const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(secrets); i++)
		if (path_below(path, path_join(arena, plan->caller->home, secrets[i])))
			return true;
	for (size_t i = 0; i < ARRAY_SIZE(system_secrets); i++)
		if (path_below(path, system_secrets[i]))
			return true;
	return is_history(path, plan->caller->home);
}

const char *secret_at(size_t i, struct arena *arena)
{
	if (i < ARRAY_SIZE(secrets))
		return path_join(arena, "~", secrets[i]);
	i -= ARRAY_SIZE(secrets);
	if (i < ARRAY_SIZE(system_secrets))
		return system_secrets[i];
	return i == ARRAY_SIZE(system_secrets) ? "~/.*_history" : NULL;
}
