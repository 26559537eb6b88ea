# Threads that pause in all kinds of Python functions. On SIGUSR1 the interpreter itself
# writes their stacks to the file that is named.
import faulthandler, os, signal, sys, threading

class Server:
    def serve(self, depth):
        if depth:
            return self.serve(depth - 1)
        for n in delegating():
            print(n)

def delegating():
    yield from generating()

def generating():
    # A function that C code calls, within a call of several lines.
    yield sorted(
        [1],
        key=lambda x: hold(
            x))

class Made:
    def __init__(self):
        hold(self)

def hold(_):
    ready.release()
    while True:
        signal.pause()

async def awaiting():
    await awaited()

async def awaited():
    hold(None)

def drive():
    awaiting().send(None)

def evaluated():
    exec(compile("def f():\n  hold([x for x in [1] if hold(x)])\nf()", "gr\u00fc\u00df.py", "exec"), globals())

def handler(signum, frame):
    print("ready", flush=True)
    hold(signum)

def main():
    faulthandler.register(signal.SIGUSR1, file=open(sys.argv[1], "w"))
    signal.signal(signal.SIGUSR2, handler)
    for th in threads:
        th.daemon = True
        th.start()
    for th in threads:
        ready.acquire()
    os.kill(os.getpid(), signal.SIGUSR2)

ready = threading.Semaphore(0)
threads = [threading.Thread(target=f) for f in (lambda: Server().serve(3), Made, drive, evaluated)]
main()
