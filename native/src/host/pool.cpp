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
      next_.store(0);
      working_ = (int32_t)workers_.size();
      ++job_;
    }
    wake_.notify_all();
    work();
    std::unique_lock<std::mutex> guard(state_);
    done_.wait(guard, [this] { return working_ == 0; });
  }

  void work() {
    for (int64_t i; (i = next_.fetch_add(1)) < items_;) body_(context_, i, i + 1);
  }

  /* Starts what threads are missing. A system that gives none leaves the work to those there are. */
  void start() {
    stopping_ = false;
    try {
      while ((int32_t)workers_.size() < threads_ - 1) {
        int64_t seen = job_;
        workers_.emplace_back([this, seen] { serve(seen); });
      }
    } catch (const std::exception &) {
    }
  }

  void serve(int64_t seen) {
    std::unique_lock<std::mutex> guard(state_);
    for (;;) {
      wake_.wait(guard, [&] { return stopping_ || job_ != seen; });
      if (stopping_) return;
      seen = job_;
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
  std::atomic<int64_t> next_{0};
  int64_t job_ = 0;
  int32_t working_ = 0;
  bool stopping_ = false;
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
