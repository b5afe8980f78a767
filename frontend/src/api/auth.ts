import { client, dataOf, dataOrNone } from "./client";
import { isProblem } from "./problem";
import type { MeView, Preferences, UserView } from "./types";

/** Who is signed in; null: nobody. */
export async function me(signal?: AbortSignal): Promise<MeView | null> {
  try {
    return await dataOf(client.GET("/api/v1/auth/me", { signal: signal ?? null }));
  } catch (error) {
    if (isProblem(error, "unauthenticated")) return null;
    throw error;
  }
}

export function signIn(email: string, password: string): Promise<UserView> {
  return dataOf(client.POST("/api/v1/auth/login", { body: { email, password } }));
}

export function redeemLink(token: string): Promise<UserView> {
  return dataOf(client.POST("/api/v1/auth/sign-in-link", { body: { token } }));
}

/** Replace one's own preferences. */
export async function putPreferences(body: Preferences): Promise<void> {
  await dataOf(client.PUT("/api/v1/auth/me/preferences", { body }));
}

export async function signOut(): Promise<void> {
  await dataOrNone(client.POST("/api/v1/auth/logout"));
}
