// Data types and result codes, equal to bindings/constants.ts (a test compares).

export const TYPE_U8: i32 = 1;
export const TYPE_S8: i32 = 2;
export const TYPE_U16: i32 = 3;
export const TYPE_S16: i32 = 4;
export const TYPE_U32: i32 = 5;
export const TYPE_S32: i32 = 6;
export const TYPE_U64: i32 = 7;
export const TYPE_F16: i32 = 8;
export const TYPE_F32: i32 = 9;
export const TYPE_F64: i32 = 10;
export const TYPE_BOOL: i32 = 11;

/** `put`: the datum does not fit below the limit. */
export const NO_ROOM: i32 = -1;
/** `put`: no such numeric type. */
export const NO_TYPE: i32 = -2;
