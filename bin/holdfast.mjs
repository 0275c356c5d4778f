#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a clone the program is bundled first if its sources have changed; a package holds it ready.
const bundler = new URL('../tools/bundle.mjs', import.meta.url);
if (existsSync(bundler)) {
  const { bundleIfStale } = await import(bundler.href);
  await bundleIfStale();
}
await import(new URL('../dist/holdfast.mjs', import.meta.url).href);
