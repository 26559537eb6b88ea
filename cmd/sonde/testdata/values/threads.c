// pthread.h, semaphore.h and sched.h.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>

#include "expect.h"

static void *p;
static int n;

static void once(void) {}

int main(void)
{
	static pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
	static pthread_once_t control = PTHREAD_ONCE_INIT;
	static pthread_key_t key;
	static pthread_attr_t attributes;
	static sem_t semaphore;
	char name[16];
	n = pthread_mutex_lock(&mutex);
	expect("pthread_mutex_lock(%p) = 0", (void *)&mutex);
	n = pthread_mutex_lock(&mutex);
	expect("pthread_mutex_lock(%p) = EDEADLK (%s)", (void *)&mutex, "Resource deadlock avoided");
	n = pthread_mutex_trylock(&mutex);
	expect("pthread_mutex_trylock(%p) = EBUSY (Device or resource busy)", (void *)&mutex);
	n = pthread_mutex_unlock(&mutex);
	expect("pthread_mutex_unlock(%p) = 0", (void *)&mutex);
	n = pthread_once(&control, once);
	expect("pthread_once(0, once) = 0");
	n = pthread_key_create(&key, NULL);
	expect("pthread_key_create(%u, nil) = 0", key);
	n = pthread_setspecific(key, name);
	expect("pthread_setspecific(%u, %p) = 0", key, name);
	p = pthread_getspecific(key);
	expect("pthread_getspecific(%u) = %p", key, name);
	n = pthread_attr_init(&attributes);
	expect("pthread_attr_init(%p) = 0", (void *)&attributes);
	n = pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	expect("pthread_attr_setdetachstate(%p, PTHREAD_CREATE_DETACHED) = 0", (void *)&attributes);
	int state;
	n = pthread_attr_getdetachstate(&attributes, &state);
	expect("pthread_attr_getdetachstate(%p, PTHREAD_CREATE_DETACHED) = 0", (void *)&attributes);
	size_t size;
	n = pthread_attr_setstacksize(&attributes, 1 << 20);
	expect("pthread_attr_setstacksize(%p, 1048576) = 0", (void *)&attributes);
	n = pthread_attr_getstacksize(&attributes, &size);
	expect("pthread_attr_getstacksize(%p, 1048576) = 0", (void *)&attributes);
	pthread_t self = pthread_self();
	expect("pthread_self() = 0x%lx", self);
	n = pthread_setname_np(self, "truth");
	expect("pthread_setname_np(0x%lx, \"truth\") = 0", self);
	n = pthread_getname_np(self, name, sizeof name);
	expect("pthread_getname_np(0x%lx, \"truth\", 16) = 0", self);
	n = pthread_equal(self, self);
	expect("pthread_equal(0x%lx, 0x%lx) = 1", self, self);
	n = sem_init(&semaphore, 0, 2);
	expect("sem_init(%p, 0, 2) = 0", (void *)&semaphore);
	n = sem_wait(&semaphore);
	expect("sem_wait(%p) = 0", (void *)&semaphore);
	n = sem_getvalue(&semaphore, &state);
	expect("sem_getvalue(%p, 1) = 0", (void *)&semaphore);
	n = sem_trywait(&semaphore) + sem_trywait(&semaphore);
	expect("sem_trywait(%p) = 0", (void *)&semaphore);
	expect("sem_trywait(%p) = -1 %s", (void *)&semaphore, expect_error());
	n = sched_yield();
	expect("sched_yield() = 0");
	n = pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &state);
	expect("pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, PTHREAD_CANCEL_DEFERRED) = 0");
	return 0;
}
