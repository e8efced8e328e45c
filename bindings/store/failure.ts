// What a browser's storage says when it fails, as one of our errors.
import { NetError } from '../errors.js';

export function browser_failure(name: string, cause: unknown): NetError {
  if (cause instanceof NetError) return cause;
  const full = (cause as { name?: string } | null)?.name === 'QuotaExceededError';
  const why = cause instanceof Error ? cause.message : String(cause);
  return new NetError(full ? 'store_full' : 'store_failed', `file "${name}": ${why}`, { cause });
}
