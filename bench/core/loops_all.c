/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The loops of every strategy in impls/meson.build, then of every peer in bench/peers/meson.build.
 */
#include "loops.h"

#define EXTRAM_STRATEGY(name) extern const struct loops loops_##name;
#include "strategies.inc"
#include "peers.inc"
#undef EXTRAM_STRATEGY

const struct loops *const loops_all[] = {
#define EXTRAM_STRATEGY(name) &loops_##name,
#include "strategies.inc"
#include "peers.inc"
#undef EXTRAM_STRATEGY
    NULL,
};
