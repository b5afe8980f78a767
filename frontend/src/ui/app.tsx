import { MantineProvider } from "@mantine/core";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { BrowserRouter, Route, Routes } from "react-router";
import { isProblem, remedyOf } from "../api/problem";
import { keys } from "../state/queries";
import { Crash } from "./crash";
import { SignedIn } from "./session";
import { SignInPage } from "./sign-in-page";
import { Speaking } from "./speaking";
import { Loading, Missing } from "./states";
import { theme } from "./theme";

const ProjectsPage = lazy(() => import("./projects/projects-page"));
const ProjectPage = lazy(() => import("./project/project-page"));
const InspectPage = lazy(() => import("./inspect/inspect-page"));
const CheckPage = lazy(() => import("./check/check-page"));
const LabelPage = lazy(() => import("./label/label-page"));
const ReviewPage = lazy(() => import("./review/review-page"));
const PracticePage = lazy(() => import("./practice/practice-page"));

const queryClient = new QueryClient({
  // Whatever call finds that the session has ended: every page then asks to sign in, where it is.
  queryCache: new QueryCache({
    onError: (error) => {
      if (isProblem(error, "unauthenticated")) queryClient.setQueryData(keys.me, null);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => remedyOf(error) === "wait" && failures < 2,
    },
  },
});

export function App() {
  return (
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queryClient}>
        <Speaking>
          <Crash>
            <BrowserRouter>
              <Suspense fallback={<Loading what="the page" />}>
                <Routes>
                  <Route path="/sign-in" element={<SignInPage />} />
                  <Route element={<SignedIn />}>
                    <Route index element={<ProjectsPage />} />
                    <Route path="/projects/:slug" element={<ProjectPage />} />
                    <Route path="/projects/:slug/label" element={<LabelPage />} />
                    <Route path="/projects/:slug/check" element={<CheckPage />} />
                    <Route path="/projects/:slug/review" element={<ReviewPage />} />
                    <Route path="/projects/:slug/practice" element={<PracticePage />} />
                    <Route path="/projects/:slug/rounds/:index/pseudo-labels" element={<InspectPage />} />
                  </Route>
                  <Route path="*" element={<Missing what="page" />} />
                </Routes>
              </Suspense>
            </BrowserRouter>
          </Crash>
        </Speaking>
      </QueryClientProvider>
    </MantineProvider>
  );
}
