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
/** `network_get_state`: the link is lost and comes back, or the session ends; sends are kept meanwhile. */
export const network_state_resuming = 5;

/** A send queue that was full has room again (`id`, `socket`: that socket). */
export const network_type_drained = 100;
/** The link of a session is lost; it may come back (`socket`). On a server `id` is the server. */
export const network_type_link_lost = 101;
/** The link of a session is back, and nothing was lost (`socket`). On a server `id` is the server. */
export const network_type_resumed = 102;

/** What a full send queue does: `network_queue_drop` or `network_queue_disconnect`. */
export const network_config_queue_policy = 103;
/** 1: small packets of one task travel in one message. */
export const network_config_coalesce = 104;
/** Milliseconds between signs of life; 0: none. */
export const network_config_heartbeat_interval = 105;
/** Milliseconds without a sign of life until a peer counts as dead. */
export const network_config_heartbeat_timeout = 106;
/** 1: a client connects again by itself, also when the server has closed, and goes on where it was if the server agrees. */
export const network_config_reconnect = 107;
/** Milliseconds before the first attempt to connect again; doubled for each further one until a connection has stood that long. */
export const network_config_reconnect_delay = 108;
/** Longest of these, in milliseconds. */
export const network_config_reconnect_delay_max = 109;
/** Server: milliseconds for which a client that has lost its link may come back; 0: not at all. */
export const network_config_resume_window = 110;
/** Bytes of packets kept for a peer until it has acknowledged them. */
export const network_config_resume_buffer = 111;
/** A pretended bad network (`SimulatorOptions`), or 0 for none. */
export const network_config_simulator = 112;
/** DNS-over-HTTPS server (RFC 8484) that `network_resolve` asks; '' none. */
export const network_config_resolver_url = 113;
/** Server: messages and packets that a client may send a second. */
export const network_config_messages_per_second = 114;
/** Server: bytes that a client may send a second. */
export const network_config_bytes_per_second = 115;
/** Server: clients from one address at a time. */
export const network_config_connections_per_address = 116;
/** 1: agree with other bytewire peers on heartbeat and resuming; 0: GameMaker's protocol and nothing else. */
export const network_config_extensions = 117;

/** Signaling server (`ws://` or `wss://`) where rooms are opened and looked for. Global. */
export const network_config_signaling_url = 118;
/** STUN and TURN servers: a list as `RTCPeerConnection` takes it, or a function that gives one for each connection. */
export const network_config_ice_servers = 119;
/** What a client shows at the door of a UDP server or a room: a password, or a token of yours. */
export const network_config_join_token = 120;
/** Bytes that may wait on a `network_socket_udp` connection before packets are dropped instead of queued. */
export const network_config_udp_queue_limit = 121;
/** Peers that a socket keeps for `network_send_udp`. */
export const network_config_udp_peers = 122;
/** 1: WebRTC goes through TURN servers only, so that the other side never learns this one's address; 0: any way. */
export const network_config_relay_only = 123;

/** A server can be reached: a room is open at its signaling server (`id`, `room`). */
export const network_type_listening = 103;

/** `network_send_packet`, on UDP: dropped at the receiver when a later one has arrived before it. */
export const network_send_latest = 100;

/** Refuse what does not fit; the socket stays. */
export const network_queue_drop = 0;
/** End the connection of a reader who is too slow. */
export const network_queue_disconnect = 1;
