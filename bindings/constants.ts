// Every number a caller may name: socket types, buffer kinds, data types, result and event codes.

/** Reliable, ordered: WebSocket. */
export const network_socket_tcp = 0;
/** Unreliable, unordered: WebRTC DataChannel. */
export const network_socket_udp = 1;
/** WebSocket, asked for by name. */
export const network_socket_ws = 2;
/** WebSocket over TLS. */
export const network_socket_wss = 3;

/** Writes past the end fail with {@link buffer_error_out_of_space}. */
export const buffer_fixed = 0;
/** Writes past the end double the size until they fit. */
export const buffer_grow = 1;
/** Reads and writes past the end go on at byte 0. */
export const buffer_wrap = 2;
/** Like fixed, {@link buffer_u8} only, alignment 1. */
export const buffer_fast = 3;
/** Like fixed. */
export const buffer_vbuffer = 4;

/** Unsigned integer, 1 byte. */
export const buffer_u8 = 1;
/** Signed integer, 1 byte. */
export const buffer_s8 = 2;
/** Unsigned integer, 2 bytes. */
export const buffer_u16 = 3;
/** Signed integer, 2 bytes. */
export const buffer_s16 = 4;
/** Unsigned integer, 4 bytes. */
export const buffer_u32 = 5;
/** Signed integer, 4 bytes. */
export const buffer_s32 = 6;
/** Unsigned integer, 8 bytes; number up to 2^53 - 1, bigint above. */
export const buffer_u64 = 7;
/** IEEE 754 half precision, 2 bytes. */
export const buffer_f16 = 8;
/** IEEE 754 single precision, 4 bytes. */
export const buffer_f32 = 9;
/** IEEE 754 double precision, 8 bytes. */
export const buffer_f64 = 10;
/** 0 or 1 in a byte. */
export const buffer_bool = 11;
/** UTF-8 and a zero byte. */
export const buffer_string = 12;
/** UTF-8 without a terminator. */
export const buffer_text = 13;

/** Seek from byte 0. */
export const buffer_seek_start = 0;
/** Seek from the position. */
export const buffer_seek_relative = 1;
/** Seek back from the allocated size: `size - offset`. */
export const buffer_seek_end = 2;

export const buffer_error_general = -1;
/** No room, and the kind does not grow. Nothing was written. */
export const buffer_error_out_of_space = -2;
export const buffer_error_out_of_bounds = -3;
/** No such data type, or one that the kind does not take. Nothing was written. */
export const buffer_error_invalid_type = -4;

/** Server: a client has joined. */
export const network_type_connect = 1;
/** Server: a client has left. Client: the server is gone. */
export const network_type_disconnect = 2;
/** Bytes have arrived. */
export const network_type_data = 3;
/** Client: the connection was made (`succeeded` 1) or not (0). */
export const network_type_non_blocking_connect = 4;

/** `message_type` of a binary message. */
export const network_send_binary = 1;
/** `message_type` of a text message. */
export const network_send_text = 2;

/** Milliseconds until a connection attempt fails. Global. */
export const network_config_connect_timeout = 0;
export const network_config_use_non_blocking_socket = 1;
export const network_config_enable_reliable_udp = 2;
export const network_config_disable_reliable_udp = 3;
export const network_config_avoid_time_wait = 4;
/** Sub-protocol (a string) that WebSocket clients ask for. Global. */
export const network_config_websocket_protocol = 5;
/** Largest message or packet in bytes. With a socket id as third argument: of that socket. */
export const network_config_message_size_limit = 100;
/** Bytes that may wait in a socket's send queue before sends are refused. */
export const network_config_queue_limit = 101;

/** The socket is not open (never was, still connecting, or gone). */
export const network_error_not_open = -1;
/** Larger than the message size limit, or than the buffer. */
export const network_error_too_large = -2;
/** The send queue is full: try again later, or drop. */
export const network_error_queue_full = -3;
/** This host cannot do that (a page cannot listen, for example). */
export const network_error_unsupported = -4;
/** The port is taken or may not be used. */
export const network_error_address = -5;
/** The socket is connecting or connected already. */
export const network_error_busy = -6;

/** Milliseconds that a client of our server has for the handshake. Global. */
export const network_config_handshake_timeout = 102;

/** `network_get_state`: the connection failed or has ended; `network_connect` may try again. */
export const network_state_closed = -1;
/** `network_get_state`: made, never connected. */
export const network_state_idle = 0;
export const network_state_connecting = 1;
/** `network_get_state`: connected, GameMaker's handshake is under way. */
export const network_state_handshake = 2;
export const network_state_open = 3;
/** `network_get_state`: a server that takes clients. */
export const network_state_listening = 4;
