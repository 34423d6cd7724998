// What the bench of frames has in the page, before anything of the page's own runs: the page lets animation frames through only while
// something moves, and what counts them must not disturb that.
'use strict';

window.bench = (() => {
  const frame = window.requestAnimationFrame.bind(window);
  const later = window.setTimeout.bind(window);
  const self = { started: 0, memory: null, pen: [] };

  const made = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async (...args) => {
    const result = await made.apply(WebAssembly, args);
    self.started = performance.now();
    self.memory = result.instance.exports.mem;
    return result;
  };

  const each = (n, step) => new Promise((resolve) => {
    const next = () => {
      if (n-- <= 0 || step() === true) return void resolve();
      frame(next);
    };
    frame(next);
  });

  function wheel(deltaX, deltaY, ctrlKey) {
    const at = { clientX: innerWidth / 2, clientY: innerHeight / 2 };
    document.elementFromPoint(at.clientX, at.clientY)
      .dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, view: window, deltaX, deltaY, ctrlKey, ...at }));
  }

  // settled waits until nothing has been drawn for so long, and returns when the last frame was.
  self.settled = (rest) => new Promise((resolve) => {
    let frames = -1;
    let at = 0;
    const look = () => {
      const now = performance.now();
      if (edgeboard.frames() !== frames) {
        frames = edgeboard.frames();
        at = now;
      } else if (now - at > rest && edgeboard.state().complete !== false) {
        return void resolve(at);
      }
      later(look, 10);
    };
    look();
  });

  // opened waits until all elements are there and drawn, and returns how many milliseconds the program took for it. A page that cannot say when its
  // picture is complete has drawn its last frame then.
  self.opened = (elements) => new Promise((resolve) => {
    const look = () => {
      if (window.edgeboard && edgeboard.elements() >= elements) {
        const { complete } = edgeboard.state();
        if (complete) return void resolve(performance.now() - self.started);
        if (complete === undefined) return void self.settled(1000).then((at) => resolve(at - self.started));
      }
      later(look, 10);
    };
    look();
  });

  // lookAt turns the wheel until a place of the board is in the middle, at a zoom.
  self.lookAt = async (x, y, zoom) => {
    let off = 0;
    await each(2000, () => {
      const s = edgeboard.state();
      off = Math.log(zoom / s.zoom);
      if (Math.abs(off) < 0.0005) return true;
      wheel(0, Math.min(Math.max(-200 * off, -60), 60), true);
    });
    if (Math.abs(off) >= 0.0005) throw new Error(`the zoom is ${edgeboard.state().zoom}, and not ${zoom}`);
    let s;
    await each(2000, () => {
      s = edgeboard.state();
      const right = (x - s.x) * s.zoom - innerWidth / 2;
      const down = (y - s.y) * s.zoom - innerHeight / 2;
      if (Math.abs(right) < 1 && Math.abs(down) < 1) return true;
      wheel(Math.min(Math.max(right, -500), 500), Math.min(Math.max(down, -500), 500), false);
    });
    return s.zoom;
  };

  self.pan = (n, x, y) => each(n, () => wheel(x, y, false));
  self.idle = (n) => each(n, () => {});

  // watchPen notes, for each event of a pointer that is down, how many animation frames pass until the page has drawn one.
  self.watchPen = () => {
    const seen = () => {
      const before = edgeboard.frames();
      let n = 0;
      const look = () => {
        n++;
        // The page's own frame may come after this one: look when both are over.
        const over = new MessageChannel();
        over.port1.onmessage = () => {
          over.port1.close();
          if (edgeboard.frames() > before || n === 60) self.pen.push(n);
          else frame(look);
        };
        over.port2.postMessage(null);
      };
      frame(look);
    };
    addEventListener('pointerdown', seen, { capture: true, passive: true });
    addEventListener('pointermove', (event) => void (event.buttons && seen()), { capture: true, passive: true });
  };

  return self;
})();
