// What a schema means to the type checker: the value, the columns and the in-place view of every field.
import type { Node } from './layout.js';

declare const VALUE: unique symbol;
declare const COLUMN: unique symbol;
declare const OVERLAY: unique symbol;

/** One field of a schema: what its value is (`T`), its column (`C`), and how its planar bytes look in place (`O`). */
export interface Field<T = unknown, C = unknown, O = unknown> {
  /** @internal */
  readonly node: Node;
  readonly [VALUE]?: T;
  readonly [COLUMN]?: C;
  readonly [OVERLAY]?: O;
}

/** A field that may be missing. */
export interface OptionalField<T> extends Field<T | undefined, never, never> {
  readonly optional: true;
}

/** The fields of a packet, in the order of the wire. */
export type Schema = { readonly [key: string]: Field };

// biome-ignore lint/suspicious/noExplicitAny: matches every field
type AnyOptional = OptionalField<any>;
type ValueOf<F> = F extends Field<infer T, unknown, unknown> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };

/** The object of a schema. */
export type Obj<S extends Schema> = Flat<
  { -readonly [K in keyof S as S[K] extends AnyOptional ? never : K]: ValueOf<S[K]> } & {
    -readonly [K in keyof S as S[K] extends AnyOptional ? K : never]?: ValueOf<S[K]>;
  }
>;

/** The columns of a schema: one typed array a number, nested as the packet is. */
export type Cols<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Field<unknown, infer C, unknown> ? C : never;
};

/** Typed arrays over the bytes of a planar packet, in wire form (f16 and quantised values as their codes). */
export type Overlay<S extends Schema> = {
  readonly [K in keyof S]: S[K] extends Field<unknown, unknown, infer O> ? O : never;
};

/** The values of some fields, in the order of their keys. */
export type Args<S extends Schema, K extends readonly (keyof S)[]> = {
  [I in keyof K]: K[I] extends keyof S ? ValueOf<S[K[I]]> : never;
};

/** The type of a packet's or a union's value. */
export type Infer<P> = P extends { readonly infer?: infer T } ? Exclude<T, undefined> : never;

/** Numbers in a row: an array or a typed array. Reading without an object makes an array. */
export interface Vector {
  readonly length: number;
  [index: number]: number;
}

/** What `tryRead` says of bytes: nothing was read unless it is `Ok`. */
export const Status = {
  Ok: 0,
  /** The bytes end before the packet does. */
  Short: -1,
  /** A length, an index or a number lies outside what the schema allows. */
  Range: -2,
  /** Another layout, or no member of the union. */
  Version: -3,
} as const;
export type Status = (typeof Status)[keyof typeof Status];
