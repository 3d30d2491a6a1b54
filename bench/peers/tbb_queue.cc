/* SPDX-License-Identifier: BSD-3-Clause */
#include <oneapi/tbb/concurrent_queue.h>

#include <cstdint>
#include <new>

namespace
{
using container = oneapi::tbb::concurrent_queue<void *>;
}

extern "C" void *tbb_queue_new() noexcept
{
	return new (std::nothrow) container;
}

extern "C" void tbb_queue_delete(void *c) noexcept
{
	delete static_cast<container *>(c);
}

extern "C" void *tbb_queue_pop(void *c, bool *last) noexcept
{
	void *mp = nullptr;
	static_cast<container *>(c)->try_pop(mp);
	/* Afterwards: true also if others have taken the rest meanwhile. */
	*last = mp == nullptr || static_cast<container *>(c)->empty();
	return mp;
}

extern "C" void tbb_queue_push(void *c, void *mp) noexcept
{
	static_cast<container *>(c)->push(mp);
}

extern "C" std::uint32_t tbb_queue_length(void *c) noexcept
{
	auto size = static_cast<container *>(c)->unsafe_size();
	/* Negative, seen as unsigned, while more pop than push. */
	return size > UINT32_MAX ? 0 : static_cast<std::uint32_t>(size);
}
