import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// `npm run dev` shows the app of a running installation: STAL_URL says where its API listens.
const api = process.env["STAL_URL"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react()],
  build: { target: "es2023", chunkSizeWarningLimit: 700 },
  server: { host: "127.0.0.1", proxy: { "/api": api } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
