// A typed tool with structured output and progress: `node weather.mjs [--http HOST:PORT]`.
import { setImmediate as turn } from "node:timers/promises";

import { Server } from "dovetail-mcp";
import { z } from "zod";

import { serve } from "./serve.mjs";

const SKIES = ["clear", "cloudy", "rain"];

const Forecast = z.object({
  city: z.string(),
  days: z.array(z.object({ day: z.int(), high: z.number(), low: z.number(), sky: z.string() })),
});

const server = new Server("weather", { version: "1.0.0" });

server.tool(
  "weather",
  {
    description: "Forecast for a city",
    input: z.object({ city: z.string(), days: z.int().default(1) }),
    output: Forecast,
  },
  async ({ city, days }, context) => {
    const letters = [...city].reduce((sum, letter) => sum + (letter.codePointAt(0) ?? 0), 0);
    const forecast = [];
    for (let i = 0; i < days; i++) {
      const seed = letters + i;
      const high = 15 + (seed % 15);
      forecast.push({ day: i, high, low: high - 8, sky: SKIES[seed % 3] ?? "clear" });
      context.progress(i + 1, days, `day ${i + 1}`);
      await turn();
    }
    return { city, days: forecast };
  },
);

await serve(server);
