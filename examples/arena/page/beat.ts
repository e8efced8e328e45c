// A worker that only waits: timers of pages in the background are slowed down to one a second, those of workers are not.

addEventListener('message', ({ data }: MessageEvent<{ id: number; ms: number }>) => {
  setTimeout(() => postMessage(data.id), data.ms);
});
