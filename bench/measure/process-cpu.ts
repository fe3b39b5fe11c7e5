/** Linux counts the CPU time of a process in hundredths of a second, whatever the hardware. */
export const CPU_TICK_MICROS = 10_000;
