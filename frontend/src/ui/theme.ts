/**
 * An instrument: neutral greys, which do not tint judgement; one accent, for what can be acted on; one family of type in
 * three sizes. Colours of classes come from the project and mean nothing else.
 */

import { createTheme, type MantineColorsTuple } from "@mantine/core";

const accent: MantineColorsTuple = [
  "#e3f7f5",
  "#c7ebe8",
  "#93d8d2",
  "#5cc5bc",
  "#3dbcb1",
  "#17a197",
  "#0f8d85",
  "#0b7a75",
  "#08635f",
  "#054b48",
];
const gray: MantineColorsTuple = [
  "#f7f7f7",
  "#efefef",
  "#e4e4e4",
  "#d6d6d6",
  "#c2c2c2",
  "#a0a0a0",
  "#787878",
  "#565656",
  "#333333",
  "#1c1c1c",
];
const dark: MantineColorsTuple = [
  "#dedede",
  "#bdbdbd",
  "#9a9a9a",
  "#6f6f6f",
  "#484848",
  "#383838",
  "#2a2a2a",
  "#1d1d1d",
  "#161616",
  "#101010",
];

const SMALL = "0.75rem";
const TEXT = "0.875rem";
const TITLE = "1.25rem";

export const theme = createTheme({
  colors: { accent, gray, dark },
  primaryColor: "accent",
  primaryShade: 7,
  black: "#1c1c1c",
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'Inter Variable', system-ui, sans-serif",
  fontSizes: { xs: SMALL, sm: TEXT, md: TEXT, lg: TITLE, xl: TITLE },
  headings: {
    fontWeight: "600",
    sizes: {
      h1: { fontSize: TITLE, lineHeight: "1.4" },
      h2: { fontSize: TEXT, lineHeight: "1.5" },
      h3: { fontSize: TEXT, lineHeight: "1.5" },
    },
  },
  defaultRadius: "sm",
  cursorType: "pointer",
  components: {
    Button: { defaultProps: { size: "sm" } },
    Table: { defaultProps: { verticalSpacing: 5, horizontalSpacing: "sm", fz: "sm" } },
    Modal: {
      defaultProps: {
        centered: true,
        transitionProps: { duration: 0 },
        overlayProps: { backgroundOpacity: 0.4 },
      },
      styles: {
        content: { background: "var(--panel)", border: "1px solid var(--line)" },
        header: { background: "var(--panel)" },
        title: { fontWeight: 600 },
      },
    },
    Progress: {
      defaultProps: { transitionDuration: 0, color: "var(--accent)" },
      styles: { root: { background: "var(--line)" } },
    },
    Tooltip: { defaultProps: { openDelay: 400, transitionProps: { duration: 0 } } },
    TextInput: { defaultProps: { withAsterisk: false } },
    PasswordInput: { defaultProps: { withAsterisk: false } },
    Anchor: { defaultProps: { underline: "hover" } },
  },
});
