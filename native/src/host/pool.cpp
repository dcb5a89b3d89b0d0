#include "pool.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace dp {
namespace {

/* Below this a job is done before a sleeping thread has woken. */
constexpr int64_t SHARED_ELEMENTS = 1 << 16;

/* Shares that a job is cut into for each thread: some, since threads are not equally fast, but taking one is not free. */
constexpr int64_t SHARES = 16;

class Pool {
 public:
  explicit Pool(int32_t threads) : threads_(threads) {}

  void run(int64_t items, int64_t elements, JobBody body, const void *context) {
    if (items > 1 && elements >= SHARED_ELEMENTS && owner_.try_lock()) {
      std::lock_guard<std::mutex> owned(owner_, std::adopt_lock);
      share(items, body, context);
    } else {
      body(context, 0, items);
    }
  }

  void set_threads(int32_t threads) {
    std::lock_guard<std::mutex> owned(owner_);
    stop();
    threads_ = threads;
  }

  int32_t threads() const { return threads_; }

 private:
  void share(int64_t items, JobBody body, const void *context) {
    start();
    {
      std::lock_guard<std::mutex> guard(state_);
      body_ = body;
      context_ = context;
      items_ = items;
      share_ = std::max(int64_t{1}, items / (threads_ * SHARES));
      next_.store(0);
      open_ = true;
      ++job_;
    }
    wake_.notify_all();
    work();
    std::unique_lock<std::mutex> guard(state_);
    open_ = false; /* who has not woken by now is not waited for */
    done_.wait(guard, [this] { return working_ == 0; });
  }

  void work() {
    for (int64_t first; (first = next_.fetch_add(share_)) < items_;) {
      body_(context_, first, std::min(first + share_, items_));
    }
  }

  /* Starts what threads are missing. A system that gives none leaves the work to those there are. */
  void start() {
    try {
      while ((int32_t)workers_.size() < threads_ - 1) workers_.emplace_back([this] { serve(); });
    } catch (const std::exception &) {
    }
  }

  void serve() {
    std::unique_lock<std::mutex> guard(state_);
    int64_t seen = 0;
    for (;;) {
      wake_.wait(guard, [&] { return stopping_ || (open_ && job_ != seen); });
      if (stopping_) return;
      seen = job_;
      ++working_;
      guard.unlock();
      work();
      guard.lock();
      if (--working_ == 0) done_.notify_one();
    }
  }

  void stop() {
    {
      std::lock_guard<std::mutex> guard(state_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread &worker : workers_) worker.join();
    workers_.clear();
    stopping_ = false;
  }

  std::mutex owner_; /* held by the call whose job it is */
  std::atomic<int32_t> threads_;
  std::vector<std::thread> workers_;

  std::mutex state_;
  std::condition_variable wake_;
  std::condition_variable done_;
  JobBody body_ = nullptr;
  const void *context_ = nullptr;
  int64_t items_ = 0;
  int64_t share_ = 1;
  int64_t job_ = 0;
  bool open_ = false;   /* the job has items that nobody has taken */
  int32_t working_ = 0; /* workers that are on the job */
  bool stopping_ = false;

  alignas(64) std::atomic<int64_t> next_{0}; /* the first item that nobody has taken; away from what is only read */
};

/* Never destroyed: at the end of a process its threads may outlive static objects. */
Pool &pool() {
  static Pool *pool = new Pool((int32_t)std::max(1u, std::thread::hardware_concurrency()));
  return *pool;
}

}  // namespace

void run_job(int64_t items, int64_t elements, JobBody body, const void *context) {
  pool().run(items, elements, body, context);
}

void set_pool_threads(int32_t threads) { pool().set_threads(threads); }

int32_t pool_threads() { return pool().threads(); }

}  // namespace dp
