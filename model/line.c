/* SPDX-License-Identifier: BSD-3-Clause */
#include "line.h"

#include <stddef.h>

uint32_t line_server(const struct line *l, const struct lines_request *r)
{
	uint32_t own = machine.place[r->cpu].domain;
	bool near = (l->domains == 0 && !l->rests) || (l->owner == LINE_NOBODY && !r->write && (l->domains >> own & 1) != 0);
	return near ? own : l->domain;
}

uint64_t line_known(const struct line *l, const struct lines_request *r)
{
	const struct machine_place *p = &machine.place[r->cpu];
	uint64_t at = r->asked + machine.f.near;
	uint32_t to = line_server(l, r);
	if (l->owner == p->core && l->first == r && r->next == NULL)
		return r->asked;
	if (to == p->domain)
		return l->owner == LINE_NOBODY ? line_later(at, l->copy_at[to]) : line_later(at, l->ordered_at) + machine.f.near;
	if (machine.f.home_detour == 0)
		return line_later(at + machine_leg(p->domain, to), l->ordered_at) + machine.f.near;
	return line_later(line_later(at + machine_home_leg(p->domain), l->moved_at) + machine_home_leg(to), l->ordered_at) + machine.f.near;
}

uint64_t line_way(const struct line *l, const struct lines_request *r)
{
	const struct machine_place *p = &machine.place[r->cpu];
	if (l->owner == p->core)
		return l->visitor == r->cpu ? 0 : machine.f.sibling;
	return machine_leg(line_server(l, r), p->domain) + machine.f.near;
}

uint64_t line_recall(const struct line *l, const struct lines_request *r)
{
	const struct machine_place *p = &machine.place[r->cpu];
	uint64_t farthest = 0;
	uint32_t others = 0;
	for (uint32_t word = 0; word < LINE_WORDS; word++)
		for (uint64_t bits = l->copies[word]; bits != 0; bits &= bits - 1) {
			uint32_t core = 64 * word + (uint32_t)__builtin_ctzll(bits), domain = machine.core_domain[core];
			if (core == p->core)
				continue;
			others++;
			farthest =
			    line_later(farthest, machine_leg(l->domain, domain) + 2 * machine.f.near + machine_leg(domain, p->domain));
		}
	return farthest + (others > 1 ? (others - 1) * machine.f.invalidate : 0);
}
