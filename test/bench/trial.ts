/** BB_BENCH_TRIAL=1: a trial of the rows themselves, each measured once, on a quarter of the material. */

export const isTrial = Boolean(process.env.BB_BENCH_TRIAL);
