/* SPDX-License-Identifier: BSD-3-Clause */
#include <concurrentqueue/concurrentqueue.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <vector>

namespace
{

using queue = moodycamel::ConcurrentQueue<void *>;

/* What a thread needs for the quick way in and out. */
struct tokens {
	explicit tokens(queue &q) : in(q), out(q)
	{
	}
	moodycamel::ProducerToken in;
	moodycamel::ConsumerToken out;
};

/* relaxed: numbers that differ are all that is asked of it. */
std::atomic<std::uint64_t> born{0};

struct container {
	queue q;
	std::mutex lock;
	std::vector<std::unique_ptr<tokens>> all; /* before q in destruction: tokens point into it */
	std::vector<tokens *> idle;               /* of threads that have left */
	std::uint64_t id = 1 + born.fetch_add(1, std::memory_order_relaxed);
};

/* The tokens of this thread, and the container they belong to. */
thread_local tokens *mine;
thread_local std::uint64_t mine_of;

__attribute__((noinline)) tokens &new_tokens(container &c)
{
	std::lock_guard<std::mutex> locked(c.lock);
	if (c.idle.empty()) {
		c.all.push_back(std::make_unique<tokens>(c.q));
		c.idle.push_back(c.all.back().get());
	}
	mine = c.idle.back();
	c.idle.pop_back();
	mine_of = c.id;
	return *mine;
}

inline tokens &my_tokens(container &c)
{
	return mine_of == c.id ? *mine : new_tokens(c);
}

} // namespace

extern "C" void *moodycamel_new() noexcept
{
	return new (std::nothrow) container;
}

extern "C" void moodycamel_delete(void *c) noexcept
{
	delete static_cast<container *>(c);
}

extern "C" void *moodycamel_pop(void *c, bool *last) noexcept
{
	auto &l = *static_cast<container *>(c);
	void *mp = nullptr;
	l.q.try_dequeue(my_tokens(l).out, mp);
	*last = true;
	return mp;
}

extern "C" void moodycamel_push(void *c, void *mp) noexcept
{
	auto &l = *static_cast<container *>(c);
	l.q.enqueue(my_tokens(l).in, mp);
}

extern "C" std::uint32_t moodycamel_length(void *c) noexcept
{
	return static_cast<std::uint32_t>(static_cast<container *>(c)->q.size_approx());
}

extern "C" void moodycamel_leave(void *c) noexcept
{
	auto &l = *static_cast<container *>(c);
	if (mine_of != l.id)
		return;
	std::lock_guard<std::mutex> locked(l.lock);
	l.idle.push_back(mine);
	mine_of = 0;
}
