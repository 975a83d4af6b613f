using System.Runtime.InteropServices;
using AgentSessions.Embedded.Files;
using Microsoft.Win32.SafeHandles;

namespace AgentSessions.Embedded.Commits;

/// <summary>Wakes the one thread that waits for it.</summary>
/// <remarks>
/// A monitor is pulsed under its lock, which whoever wakes needs next: on one core the two threads change places three times before there is
/// work. This is rung after the lock was left, and where the system has a counter to wait for (<c>eventfd</c>) that is one call on either side.
/// It is not disposed, because somebody may still ring who was let in before the end; the collector closes it.
/// </remarks>
internal abstract partial class Doorbell
{
    /// <summary>A bell that is not ringing.</summary>
    public static Doorbell Create() => OperatingSystem.IsLinux() ? new KernelBell() : new ManagedBell();

    /// <summary>Ends the wait that runs, or else the next one. Rung twice it may end one wait or two.</summary>
    public abstract void Ring();

    /// <summary>Waits until it rings.</summary>
    /// <param name="limit">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <returns>False if the time passed.</returns>
    public abstract bool Wait(TimeSpan limit);

    /// <summary>Works everywhere.</summary>
    internal sealed class ManagedBell : Doorbell
    {
        private readonly AutoResetEvent _event = new(false);

        public override void Ring() => _event.Set();

        public override bool Wait(TimeSpan limit) => _event.WaitOne(limit);
    }

    /// <summary>A counter of the Linux kernel: rings are added, and a wait takes them all.</summary>
    internal sealed partial class KernelBell : Doorbell
    {
        private const int CloseOnExec = 0x80000;
        private const short Readable = 1;
        private const int Interrupted = 4;

        private readonly SafeFileHandle _handle;

        public KernelBell()
        {
            int descriptor = eventfd(0, CloseOnExec);
            if (descriptor < 0)
            {
                throw NativeSync.LastError("eventfd");
            }

            _handle = new SafeFileHandle(descriptor, ownsHandle: true);
        }

        public override void Ring()
        {
            ulong one = 1;
            while (write(_handle, in one, sizeof(ulong)) < 0)
            {
                ThrowUnlessInterrupted("write");
            }
        }

        public override bool Wait(TimeSpan limit)
        {
            // A read waits by itself; only a limited wait has to be asked for.
            if (limit != Timeout.InfiniteTimeSpan && !IsRinging(limit))
            {
                return false;
            }

            while (read(_handle, out _, sizeof(ulong)) < 0)
            {
                ThrowUnlessInterrupted("read");
            }

            return true;
        }

        /// <summary>Interrupted it waits for the whole limit again: somebody else's signal is seldom, and a seal may be late.</summary>
        private bool IsRinging(TimeSpan limit)
        {
            var asked = new Poll { Descriptor = (int)_handle.DangerousGetHandle(), Events = Readable };
            int ready;
            while ((ready = poll(ref asked, 1, (int)limit.TotalMilliseconds)) < 0)
            {
                ThrowUnlessInterrupted("poll");
            }

            return ready > 0;
        }

        private static void ThrowUnlessInterrupted(string call)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
            {
                throw NativeSync.LastError(call);
            }
        }

        [LibraryImport("libc", SetLastError = true)]
        private static partial int eventfd(uint initial, int flags);

        [LibraryImport("libc", SetLastError = true)]
        private static partial nint read(SafeFileHandle file, out ulong value, nint size);

        [LibraryImport("libc", SetLastError = true)]
        private static partial nint write(SafeFileHandle file, in ulong value, nint size);

        [LibraryImport("libc", SetLastError = true)]
        private static partial int poll(ref Poll asked, nuint count, int milliseconds);

        [StructLayout(LayoutKind.Sequential)]
        private struct Poll
        {
            public int Descriptor;
            public short Events;
            public short Found;
        }
    }
}
