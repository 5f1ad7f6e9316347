// The weight of the last minute as a line; one point per update.
const SPAN_MS = 60_000;
const WIDTH = 240;
const HEIGHT = 56;
const POINTS_MAX = 240;

export class Trace {
  constructor(svg, fullKg) {
    this.line = svg.querySelector(".line");
    this.area = svg.querySelector(".area");
    this.fullKg = fullKg;
    this.points = [];
  }

  add(atMs, kg) {
    this.points.push([atMs, kg]);
    if (this.points.length > POINTS_MAX) this.points.shift();
  }

  draw(nowMs) {
    const begin = nowMs - SPAN_MS;
    while (this.points.length > 1 && this.points[1][0] < begin) this.points.shift();
    const top = Math.max(this.fullKg / 2, ...this.points.map((point) => point[1] ?? 0));
    const steps = this.points
      .filter((point) => point[1] !== null)
      .map(([at, kg]) => {
        const x = Math.max(0, ((at - begin) / SPAN_MS) * WIDTH);
        const y = HEIGHT - 2 - (Math.max(0, kg) / top) * (HEIGHT - 6);
        return `${x.toFixed(1)} ${y.toFixed(1)}`;
      });
    const path = steps.length > 1 ? `M${steps.join("L")}` : "";
    this.line.setAttribute("d", path);
    const last = steps.at(-1)?.split(" ")[0];
    this.area.setAttribute("d", path && `${path}L${last} ${HEIGHT}L${steps[0].split(" ")[0]} ${HEIGHT}Z`);
  }
}
