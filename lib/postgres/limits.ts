/** The largest numbers that PostgreSQL has: both are 32 bits without a sign (Oid and TimeLineID). */

export const MAX_OID = 0xffffffff;
export const MAX_TIMELINE = 0xffffffff;
