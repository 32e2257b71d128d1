/* SPDX-License-Identifier: MIT */
/*
 * Times commands side by side: each once a round, in an order shuffled anew, so that what the machine does meanwhile
 * hits all of them alike.  What counts are the ratios to the first and the second command inside each round; their medians
 * are printed.
 *
 *   rounds [-n ROUNDS] [-w WARM-UP] [-c CPU] < COMMANDS     a line each: NAME WORD...; the first one is the peer
 *          [-f FILE]                                        each command gets FILE, opened anew, as descriptor 9
 *   rounds -j JOBS [-n SLICES] < COMMANDS                   launches a second with JOBS at a time, slices of 150 ms
 *
 * Output, a line for each command: NAME MEDIAN-MS P10 P90 RATIO RATIO (with -j: NAME LAUNCHES-PER-SECOND RATIO RATIO)
 */
#include <err.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { COMMANDS_MAX = 8, WORDS_MAX = 4096, ROUNDS_MAX = 5000, FILE_FD = 9 };

struct command {
	char *name;
	char *argv[WORDS_MAX];
	double value[ROUNDS_MAX]; /* ms, or launches a second */
	double ratio[2][ROUNDS_MAX];
};

static struct command commands[COMMANDS_MAX];
static size_t n_commands;
static posix_spawn_file_actions_t actions;

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void commands_read(void)
{
	char *line = NULL;
	size_t size = 0, n;

	while (n_commands < COMMANDS_MAX && getline(&line, &size, stdin) > 0) {
		struct command *c = &commands[n_commands];
		char *rest = strdup(line), *word;

		for (n = 0; n < WORDS_MAX && (word = strtok_r(n ? NULL : rest, " \n", &rest)); n++) {
			if (n == 0)
				c->name = word;
			else
				c->argv[n - 1] = word;
		}
		n_commands += n > 1;
	}
	free(line);
}

static pid_t start(const struct command *c)
{
	pid_t pid;

	if (posix_spawn(&pid, c->argv[0], &actions, NULL, c->argv, environ) != 0)
		errx(1, "cannot start %s", c->argv[0]);
	return pid;
}

/* A launcher that fails would be very fast. */
static void check(const struct command *c, int status)
{
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		errx(1, "%s failed (status 0x%x)", c->name, status);
}

static double one(const struct command *c)
{
	double before = now_ms();
	int status;

	if (waitpid(start(c), &status, 0) < 0)
		err(1, "waitpid");
	double after = now_ms();
	check(c, status);
	return after - before;
}

static double slice(const struct command *c, int jobs)
{
	double begin = now_ms();
	int running = 0, done = 0, status;

	while (now_ms() - begin < 150 || running > 0) {
		bool more = now_ms() - begin < 150;

		while (more && running < jobs) {
			(void)start(c);
			running++;
		}
		if (waitpid(-1, &status, 0) < 0)
			err(1, "waitpid");
		check(c, status);
		running--;
		done++;
	}
	return done / (now_ms() - begin) * 1e3;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double share(double *v, int n, double part)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[(int)(n * part)];
}

static void measure(int rounds, int warm, int jobs)
{
	size_t order[COMMANDS_MAX];

	for (size_t i = 0; i < n_commands; i++)
		order[i] = i;
	for (int round = -warm; round < rounds; round++) {
		for (size_t i = n_commands; i > 1; i--) {
			size_t k = (size_t)random() % i, swap = order[k];

			order[k] = order[i - 1];
			order[i - 1] = swap;
		}
		for (size_t i = 0; i < n_commands; i++) {
			struct command *c = &commands[order[i]];
			double value = jobs ? slice(c, jobs) : one(c);

			if (round >= 0)
				c->value[round] = value;
		}
		for (size_t i = 0; round >= 0 && i < n_commands; i++)
			for (size_t peer = 0; peer < 2; peer++)
				commands[i].ratio[peer][round] = commands[i].value[round] / commands[peer].value[round];
	}
}

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		err(1, "cannot stay on CPU %d", cpu);
}

int main(int argc, char **argv)
{
	int rounds = 200, warm = 5, jobs = 0, option;

	posix_spawn_file_actions_init(&actions);
	while ((option = getopt(argc, argv, "n:w:c:j:f:")) != -1) {
		if (option == 'n')
			rounds = atoi(optarg);
		else if (option == 'w')
			warm = atoi(optarg);
		else if (option == 'j')
			jobs = atoi(optarg);
		else if (option == 'f')
			posix_spawn_file_actions_addopen(&actions, FILE_FD, optarg, O_RDONLY, 0);
		else if (option == 'c')
			pin(atoi(optarg));
		else
			return 2;
	}
	commands_read();
	if (rounds < 1 || rounds > ROUNDS_MAX || !n_commands)
		errx(2, "no commands, or not 1 to %d rounds", ROUNDS_MAX);
	measure(rounds, warm, jobs);
	for (size_t i = 0; i < n_commands; i++) {
		struct command *c = &commands[i];
		double first = share(c->ratio[0], rounds, 0.5), second = n_commands > 1 ? share(c->ratio[1], rounds, 0.5) : 0;

		if (jobs)
			printf("%s %.0f %.3f %.3f\n", c->name, share(c->value, rounds, 0.5), first, second);
		else
			printf("%s %.3f %.3f %.3f %.3f %.3f\n", c->name, share(c->value, rounds, 0.5), share(c->value, rounds, 0.1),
			       share(c->value, rounds, 0.9), first, second);
	}
	return 0;
}
