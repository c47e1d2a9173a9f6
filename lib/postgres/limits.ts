/** The largest OID and timeline ID: both types have 32 bits and no sign. */

export const MAX_OID = 0xffffffff;
export const MAX_TIMELINE = 0xffffffff;
