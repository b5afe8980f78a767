// Measures the labelling page from outside: runs before its scripts, and knows only test ids and `data-shows`.
(() => {
  const nextFrame = globalThis.requestAnimationFrame.bind(globalThis);
  const closeUp = () => document.querySelector('[data-testid="close-up"]');
  const shown = () => closeUp()?.dataset.shows ?? "";

  // A message that is sent in a frame's callbacks is heard after the frame is laid out and painted.
  const afterFrame = (work) =>
    nextFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => work();
      port2.postMessage(null);
    });

  const bench = { keys: [], frames: [], painted: [], crops: [], checksPixels: false };
  globalThis.bench = bench;

  // Keys: ms from a key's own time to the end of the frame that shows another region's pixels.
  let told = () => undefined;
  bench.until = (count) =>
    new Promise((resolve) => {
      told = () => bench.keys.length >= count && resolve(bench.keys.length);
      told();
    });
  addEventListener(
    "keydown",
    (event) => {
      const before = shown();
      const look = () => {
        if (shown() === "" || shown() === before) return afterFrame(look);
        bench.keys.push(performance.now() - event.timeStamp);
        told();
      };
      if (event.key.length === 1) afterFrame(look);
    },
    true,
  );

  // What one crop costs that was not fetched before its region came up.
  bench.fetchOne = async () => {
    const url = bench.crops[Math.floor(Math.random() * bench.crops.length)];
    const start = performance.now();
    (await createImageBitmap(await (await fetch(url, { cache: "no-store" })).blob())).close();
    return performance.now() - start;
  };
  // The page's worker fetches the crops; which they are is in the packets.
  const ownFetch = globalThis.fetch.bind(globalThis);
  globalThis.fetch = async (...request) => {
    const response = await ownFetch(...request);
    if (response.url.endsWith("/packets") && response.status === 200) {
      const { queries } = await response.clone().json();
      // The newest are enough, and a long day's would count as the page's memory.
      bench.crops = [...bench.crops, ...queries.map(({ close_up_url }) => close_up_url)].slice(-50);
    }
    return response;
  };

  // Strokes: script time of a frame, in event handlers and in frame callbacks, and how many moves it took in.
  let frame = null;
  const spend = (ms) => {
    if (frame !== null) frame.script += ms;
  };
  globalThis.requestAnimationFrame = (callback) =>
    nextFrame((time) => {
      const start = performance.now();
      callback(time);
      spend(performance.now() - start);
    });
  const canvases = () => {
    const root = closeUp();
    const around = root.matches("canvas") ? root.parentElement : root;
    return [...around.querySelectorAll("canvas")];
  };
  const pixel = (x, y) =>
    canvases()
      .map((canvas) => {
        const box = canvas.getBoundingClientRect();
        const [column, row] = [
          Math.round(((x - box.left) * canvas.width) / box.width),
          Math.round(((y - box.top) * canvas.height) / box.height),
        ];
        return canvas.getContext("2d").getImageData(column, row, 1, 1).data.join();
      })
      .join(" ");
  let began = 0;
  addEventListener(
    "pointermove",
    (event) => {
      if (event.buttons !== 1) return;
      if (frame === null) {
        const own = { script: 0, moves: 0 };
        frame = own;
        afterFrame(() => {
          bench.frames.push(own);
          frame = null;
        });
      }
      frame.moves += Math.max(1, event.getCoalescedEvents?.().length ?? 1);
      if (bench.checksPixels) {
        const { clientX, clientY } = event;
        const before = pixel(clientX, clientY);
        afterFrame(() => bench.painted.push(pixel(clientX, clientY) !== before));
      }
      began = performance.now();
    },
    true,
  );
  addEventListener("pointermove", (event) => {
    if (event.buttons === 1) spend(performance.now() - began);
  });
})();
