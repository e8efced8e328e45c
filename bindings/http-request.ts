// The life of one request: waits for its turn, tries, tries again, tells how far it is, and ends with exactly one event.
import { host } from '#host';
import { emit, type HttpEvent } from './events.js';
import { AnswerTime } from './http-answer-time.js';
import { clock } from './http-clock.js';
import { deliver } from './http-deliver.js';
import { HttpError, http_error, status_error } from './http-error.js';
import type { Incoming, Take } from './http-exchange.js';
import { type KeptPart, kept_part } from './http-part.js';
import { Progress } from './http-progress.js';
import { type ContentRange, ends_at, goes_on, is_part, validator_of } from './http-resume.js';
import {
  may_repeat,
  pause_ms,
  type RetryPolicy,
  retry_after_ms,
  status_worth_retrying,
  worth_retrying,
} from './http-retry.js';
import { parse_url, send } from './http-send.js';
import { type BodySink, FileSink, length_of, TextSink } from './http-sink.js';
import { Turn } from './http-turn.js';

/** What is shown of an error page where a file was asked for. */
const ERROR_TEXT_BYTES = 1 << 20;
/** Without a word on how far a longer body has gone, waiting for it and for the answer look the same. */
const BLIND_UPLOAD_BYTES = 256 << 10;

/** A request as it was asked for, all of it checked. */
export interface Plan {
  id: number;
  url: string;
  method: string;
  headers: Headers;
  body: Uint8Array<ArrayBuffer> | undefined;
  mode: RequestMode;
  credentials: RequestCredentials;
  sink: BodySink;
  /** Until the headers of the response are there, in ms. */
  connect_timeout_ms: number;
  /** From the call to the end, in ms; 0: none. */
  timeout_ms: number;
  on_progress: ((event: HttpEvent) => void) | undefined;
  retry: RetryPolicy;
  /** -1: what is normal for the sink. */
  max_response_bytes: number;
  resume: boolean;
  /** The file that gets the response; '': none. */
  file: string;
}

export class HttpRequest {
  readonly #plan: Plan;
  readonly #ended: () => void;
  readonly #progress: Progress;
  readonly #turn = new Turn();
  /** Of a file that is to be gone on with. */
  readonly #part: KeptPart | undefined;
  /** Most bytes of a body that are taken in. */
  readonly #limit: number;
  #url = '';
  #controller = new AbortController();
  /** Aborted, or out of time: nothing more is tried. */
  #stopped: HttpError | undefined;
  #cancel_timeout: (() => void) | undefined;
  #running = false;
  /** How it ends is decided: the store has its say, and nobody stops it any more. */
  #ending = false;
  #done = false;

  #status = 0;
  #headers: Headers | undefined;
  /** Bytes of the body, -1 unknown; of those, the ones there. */
  #total = -1;
  #received = 0;
  #sent = 0;
  /** What If-Range may say about the bytes in the sink, and how many there are of that version, -1 unknown. */
  #validator = '';
  #whole = -1;
  /** What a part (206) that is gone on with says it is. */
  #range: ContentRange | undefined;

  constructor(plan: Plan, ended: () => void) {
    this.#plan = plan;
    this.#ended = ended;
    this.#progress = new Progress(plan.on_progress);
    const { max_response_bytes, sink, file, resume } = plan;
    if (resume && sink instanceof FileSink) this.#part = kept_part(file, sink);
    this.#limit = max_response_bytes < 0 ? sink.normal_limit : max_response_bytes;
  }

  start(): void {
    try {
      const url = parse_url(this.#plan.url, host.http.base_url());
      url.hash = '';
      this.#url = url.href;
      this.#start_clock();
      this.#turn.begin(this.#url, () => {
        this.#running = true;
        void this.#run();
      });
    } catch (error) {
      this.#end(http_error(error, false), '');
    }
  }

  /** Ends it early. False when it has ended already. */
  stop(error: HttpError): boolean {
    if (this.#done || this.#stopped || this.#ending) return false;
    this.#stopped = error;
    this.#turn.wake();
    this.#controller.abort();
    // Still waiting for its turn: nobody else will end it.
    if (!this.#running) this.#end(error, '');
    return true;
  }

  #start_clock(): void {
    const { timeout_ms } = this.#plan;
    if (timeout_ms === 0) return;
    this.#cancel_timeout = clock.after(timeout_ms, () => {
      this.stop(new HttpError('timeout', `not done within ${timeout_ms} ms`));
    });
  }

  async #run(): Promise<void> {
    try {
      const take_up = this.#part?.take_up(this.#url, () => !this.#stopped);
      const kept = await take_up?.catch((error) => {
        // What cannot be read is not there.
        if (error?.code !== 'store_full') return undefined;
        throw error;
      });
      if (kept !== undefined) {
        this.#validator = kept.validator;
        this.#whole = kept.total_bytes;
      }
      for (let attempt = 1; ; attempt++) {
        const pause = await this.#attempt(attempt);
        if (pause < 0) return;
        if (!this.#stopped) await this.#turn.rest(pause);
        if (this.#stopped) {
          await this.#fail(this.#stopped);
          return;
        }
      }
    } catch (error) {
      // The store, before or after the transfer.
      await this.#fail(this.#stopped ?? http_error(error, false));
    }
  }

  /** One try. Gives the pause before the next one, or -1 when the final event is out. */
  async #attempt(attempt: number): Promise<number> {
    const plan = this.#plan;
    this.#status = this.#received = this.#sent = 0;
    this.#headers = undefined;
    this.#total = -1;
    this.#range = undefined;
    try {
      const response = await this.#ask();
      if (status_worth_retrying(response.status)) {
        const asked = retry_after_ms(response.headers.get('retry-after'), clock.now());
        const pause = this.#pause(attempt, asked);
        if (pause >= 0) {
          response.body?.cancel();
          return pause;
        }
      }
      await this.#take(response);
      return -1;
    } catch (thrown) {
      const error = this.#stopped ?? http_error(thrown, this.#status !== 0);
      this.#controller.abort();
      const pause = worth_retrying(error.code) && !this.#stopped ? this.#pause(attempt, -1) : -1;
      if (pause < 0) {
        await this.#fail(error);
        return -1;
      }
      if (this.#validator === '') await plan.sink.restart();
      return pause;
    }
  }

  #pause(attempt: number, asked_ms: number): number {
    const { retry, method } = this.#plan;
    if (!may_repeat(retry, method) || attempt > retry.count) return -1;
    return pause_ms(retry, attempt, asked_ms, clock.random);
  }

  /** Sends, and gives the answer's head; asks again for all of it when what is there cannot be gone on with. */
  async #ask(): Promise<Incoming> {
    const { sink } = this.#plan;
    const from = this.#validator === '' ? 0 : sink.received;
    const response = await this.#head(from);
    if (from > 0 && (response.status === 416 || response.status === 206)) {
      const range = goes_on(response, from, this.#validator, this.#whole);
      if (range !== undefined) {
        this.#received = from;
        this.#range = range;
        this.#whole = this.#total = range.total;
        return response;
      }
      response.body?.cancel();
      if (ends_at(response, from, this.#validator, this.#whole)) {
        // Nothing is left to come: all of it was here.
        this.#received = this.#total = from;
        this.#status = 206;
        return { status: 206, headers: response.headers, body: null };
      }
      this.#validator = '';
      this.#whole = -1;
      await sink.restart();
      return this.#ask();
    }
    return response;
  }

  async #head(from: number): Promise<Incoming> {
    const plan = this.#plan;
    const { method, body, mode, credentials, connect_timeout_ms } = plan;
    const headers = new Headers(plan.headers);
    if (from > 0) {
      headers.set('range', `bytes=${from}-`);
      headers.set('if-range', this.#validator);
    }
    // After a pause, or a redirect to another host, its place here is gone.
    const turn = this.#turn.at(this.#url);
    if (turn !== undefined) await turn;
    this.#controller = new AbortController();
    this.#go_on();
    const { signal } = this.#controller;
    const wants_upload = plan.on_progress !== undefined && (body?.length ?? 0) > 0;
    const long = (body?.length ?? 0) > BLIND_UPLOAD_BYTES;
    const blind = long && !host.http.tells_upload({ wants_upload, mode, credentials });
    const time = new AnswerTime(connect_timeout_ms, () => this.#controller.abort());
    if (blind) time.end();
    const sent = (bytes: number) => {
      time.begin();
      this.#sent = bytes;
      if (bytes > 0) this.#tell();
    };
    const admit = (url: string) => {
      const wait = this.#turn.at(url);
      return wait && time.without(wait.then(() => this.#go_on()));
    };
    time.begin();
    try {
      const out = { url: this.#url, method, headers, body, mode, credentials, signal };
      const response = await send({ ...out, wants_upload, limit: this.#limit, sent }, admit);
      this.#status = response.status;
      this.#headers = response.headers;
      this.#total = length_of(response.headers);
      return response;
    } catch (error) {
      throw this.#stopped ?? time.late ?? error;
    } finally {
      time.end();
    }
  }

  #go_on(): void {
    if (this.#stopped) throw this.#stopped;
  }

  /** Takes the body in, and ends. */
  async #take(response: Incoming): Promise<void> {
    const plan = this.#plan;
    const { sink } = plan;
    const good = response.status >= 200 && response.status < 300;
    if (!good && plan.file !== '') {
      // No error page ever becomes the file. What is there of it may still be of use.
      const text = await this.#error_page(response);
      this.#ending = true;
      await this.#give_up_file();
      this.#end(status_error(response.status), text);
      return;
    }
    const whole_wanted = plan.file !== '' || plan.resume;
    if (whole_wanted && this.#received === 0 && !plan.headers.has('range')) {
      if (is_part(response)) {
        throw new HttpError('protocol', 'the server has sent a part (206) that nobody asked for');
      }
    }
    // An answer that has no body by its kind says nothing about what the file holds.
    const bodiless = plan.method === 'HEAD' || response.status === 204;
    if (plan.file !== '' && bodiless) {
      this.#ending = true;
      await this.#give_up_file();
      this.#end(undefined, plan.file);
      return;
    }
    if (this.#received === 0 && sink.received > 0) await sink.restart();
    if (plan.resume && good && this.#received === 0) {
      this.#validator = validator_of(response.headers);
      this.#whole = this.#total;
    }
    // A store that cannot keep it for later may still take all of it now.
    if (good) await this.#part?.begin(this.#version()).catch(() => {});
    await this.#pump(response, sink);
    this.#go_on();
    this.#ending = true;
    const result = await sink.finish();
    await this.#part?.forget().catch(() => {});
    this.#end(good ? undefined : status_error(response.status), result);
  }

  /** The beginning of an error page as text. It may be endless, or break off: it has failed anyway. */
  async #error_page(response: Incoming): Promise<string> {
    const page = new TextSink();
    const enough = new Error('enough');
    const take = (piece: Uint8Array) => {
      this.#go_on();
      page.write(piece.subarray(0, ERROR_TEXT_BYTES - page.received));
      this.#received = page.received;
      if (page.received === ERROR_TEXT_BYTES) throw enough;
      return undefined;
    };
    await this.#deliver(response, take).catch(() => {});
    this.#go_on();
    return page.finish();
  }

  async #deliver(response: Incoming, take: Take): Promise<void> {
    if (response.body === null) return;
    await deliver(response.body, take, () => this.#controller.abort());
  }

  async #pump(response: Incoming, sink: BodySink): Promise<void> {
    const has_body = response.body !== null && this.#plan.method !== 'HEAD';
    const total = has_body ? this.#total : -1;
    const check = (bytes: number) => {
      if (bytes > this.#limit) {
        throw new HttpError('too_large', `the body is longer than ${this.#limit} bytes`);
      }
    };
    check(total);
    sink.expect(total);
    await this.#deliver(response, (piece) => {
      this.#go_on();
      check(this.#received + piece.length);
      if (this.#range && this.#received + piece.length > this.#range.last + 1) {
        throw new HttpError('protocol', 'the part is longer than its Content-Range says');
      }
      const taken = () => {
        this.#received += piece.length;
        if (this.#received !== total) this.#tell();
      };
      let wait: Promise<void> | undefined;
      try {
        wait = sink.write(piece);
      } catch (error) {
        // Full: the beginning of the piece is there.
        this.#received = sink.received;
        throw error;
      }
      if (wait !== undefined) return wait.then(taken);
      taken();
      return undefined;
    });
    this.#go_on();
    if (this.#range) this.#demand_all(this.#range);
    // A page is not told whether the length is that of a compressed body; its browser checks it itself.
    if (total >= 0 && this.#received !== total && !host.http.is_page) {
      throw new HttpError('truncated', `${this.#received} of ${total} bytes have come`);
    }
  }

  /** What has come must go up to the end of all of it, wherever that is. */
  #demand_all({ last, total }: ContentRange): void {
    if (this.#received === last + 1 && this.#received === total) return;
    const of = total < 0 ? 'an unknown number of' : total;
    throw new HttpError('truncated', `${this.#received} of ${of} bytes have come`);
  }

  #facts(): Omit<HttpEvent, 'status' | 'result' | 'http_status' | 'error' | 'message'> {
    const { id, url, body } = this.#plan;
    return {
      id,
      url,
      response_headers: this.#headers,
      contentLength: this.#total < this.#received ? -1 : this.#total,
      sizeDownloaded: this.#received,
      uploadLength: body?.length ?? 0,
      sizeUploaded: this.#sent,
    };
  }

  #tell(): void {
    if (!this.#done) this.#progress.tell(() => this.#facts());
  }

  async #fail(error: HttpError): Promise<void> {
    this.#ending = true;
    let result: string | number = '';
    try {
      if (this.#plan.file !== '') await this.#give_up_file();
      else result = await this.#plan.sink.give_up();
    } catch {
      // The first failure is the one to tell.
    }
    this.#end(error, result);
  }

  async #give_up_file(): Promise<void> {
    const { sink } = this.#plan;
    if (this.#part !== undefined && this.#validator !== '' && sink.received > 0) {
      try {
        await this.#part.keep(this.#version());
        return;
      } catch {
        // Full, for example: then the next request starts at the first byte.
      }
    }
    await this.#part?.withdraw().catch(() => {});
    await sink.give_up();
  }

  #version() {
    return { url: this.#url, validator: this.#validator, total_bytes: this.#whole };
  }

  #end(error: HttpError | undefined, result: string | number): void {
    if (this.#done) return;
    this.#done = true;
    this.#cancel_timeout?.();
    this.#turn.leave();
    this.#ended();
    emit('http', {
      ...this.#facts(),
      status: error === undefined ? 0 : -1,
      result,
      http_status: this.#status,
      ...(error && { error: error.code, message: error.message }),
    });
  }
}
