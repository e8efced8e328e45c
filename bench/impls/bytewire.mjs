// The package itself, as any user has it: its SIMD build wherever the host has SIMD.
import * as bw from 'bytewire';
import { bulk_operations } from './ours/bulk.mjs';
import { deflate_operations } from './ours/deflate.mjs';
import { digest_operations } from './ours/digest.mjs';
import { packet_operations } from './ours/packet.mjs';
import { single_operations } from './ours/single.mjs';
import { string_operations } from './ours/strings.mjs';

export const name = 'bytewire';
export const kind = 'ours';
export const operations = {
  ...digest_operations(bw),
  ...bulk_operations(bw),
  ...string_operations(bw),
  ...single_operations,
  ...deflate_operations(bw),
  ...packet_operations(bw),
};
