/* SPDX-License-Identifier: BSD-3-Clause */
#include <boost/lockfree/stack.hpp>

#include <cstdint>
#include <new>

namespace
{
using container = boost::lockfree::stack<void *>;
}

extern "C" void *boost_stack_new() noexcept
{
	return new (std::nothrow) container(0);
}

extern "C" void boost_stack_delete(void *c) noexcept
{
	delete static_cast<container *>(c);
}

extern "C" void *boost_stack_pop(void *c, bool *last) noexcept
{
	void *mp = nullptr;
	static_cast<container *>(c)->pop(mp);
	/* Afterwards: true also if others have taken the rest meanwhile. */
	*last = mp == nullptr || static_cast<container *>(c)->empty();
	return mp;
}

extern "C" void boost_stack_push(void *c, void *mp) noexcept
{
	static_cast<container *>(c)->push(mp);
}

extern "C" std::uint32_t boost_stack_length(void *c) noexcept
{
	return !static_cast<container *>(c)->empty();
}
