/** A socket of both families shows IPv4 peers as `::ffff:192.0.2.1`: they are known by the address that people know. */
export function plain_address(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/i, '');
}
