import { numbersIn } from "../domain/words";
import type { Words } from "./en";

const { count, counted, percent, plural } = numbersIn("de");
const regions = (number: number) => counted(number, "Region", "Regionen");

export const label: Words["label"] = {
  title: "Annotieren",
  noRegions: "Es kamen keine Regionen",
  answeredHere: "In dieser Runde beantwortet",
  standing: (resolved, asked) => `${count(resolved)} von ${regions(asked)}`,
  packet: (nth, size) => `${nth} von ${size} in diesem Paket`,
  pace: (perMinute) => `${count(perMinute)} pro Minute`,

  closeUp: "Nahaufnahme der Region",
  closeUpToPaint: "Nahaufnahme der Region, zum Bemalen",
  surroundings: "Die Umgebung der Region",
  imageComing: "Das Bild ist unterwegs …",
  imageAway:
    "Das Bild ist nicht angekommen. Diese Region überspringen oder auf das Netz warten; was nicht zu sehen ist, wird nicht beantwortet.",
  classes: "Klassen",
  otherWays: "Andere Arbeit in diesem Projekt",
  otherActions: "Andere Antworten und Schritte",

  asked: {
    window: { opening: "Region in", hint: "Eine Taste benennt die ganze Region" },
    superpixel: { opening: "Superpixel in", hint: "Eine Taste benennt die ganze Region" },
    pixel: { opening: "Pixel in", hint: "Eine Taste benennt das Pixel" },
    image: {
      opening: "Das ganze Bild",
      hint: "Eine Taste benennt das ganze Bild; B teilt es mit dem Pinsel auf",
    },
  },
  noSuggestion: "Kein Vorschlag.",
  suggestion: (name, probability) => `Vorschlag: ${name}, ${percent(probability, 0)}.`,
  splitting: "Wird aufgeteilt.",
  void: "leer",

  actions: {
    accept: { title: "Den Vorschlag annehmen", short: "Annehmen" },
    "second-guess": { title: "Der zweite Vorschlag", short: "Zweiter" },
    "third-guess": { title: "Der dritte Vorschlag", short: "Dritter" },
    "split-parts": { title: "Aufteilen: die Teile des Lehrers einzeln benennen", short: "Teile" },
    split: { title: "Die Region mit dem Pinsel aufteilen", short: "Aufteilen" },
    void: { title: "Leer: hier gibt es nichts zu lernen", short: "Leer" },
    unsure: { title: "Unsicher: jemand anderen fragen", short: "Unsicher" },
    "bad-query": { title: "Schlechte Frage: hätte nicht kommen sollen", short: "Schlechte Frage" },
    skip: { title: "Überspringen: für später lassen", short: "Später" },
    back: { title: "Die letzte Antwort zurücknehmen", short: "Zurück" },
    keep: { title: "Die Antwort lassen, wie sie ist", short: "Behalten" },
    previous: { title: "Die Antwort davor", short: "Vorige" },
    next: { title: "Die Antwort danach", short: "Nächste" },
    sheet: { title: "Zurück zu allen Antworten", short: "Alle Antworten" },
    complete: { title: "Begonnenes beenden: Vieleck schließen, Pinsel heben", short: "Beenden" },
    "submit-split": { title: "Mit dieser Aufteilung antworten", short: "Antworten" },
    "paint-void": { title: "Leer: für den Teil im Fokus oder zum Malen", short: "Leer" },
    "next-part": { title: "Diesen Teil lassen, wie er ist, und weiter", short: "Nächster Teil" },
    undo: { title: "Rückgängig; im Vieleck die letzte Ecke wegnehmen", short: "Rückgängig" },
    redo: { title: "Wiederholen", short: "Wiederholen" },
    "leave-split": {
      title: "Begonnenes aufgeben; sonst die Aufteilung verlassen, sie bleibt erhalten",
      short: "Verlassen",
    },
    "fill-all": { title: "Die ganze Region bekommt die gewählte Klasse", short: "Alles füllen" },
    pick: { title: "Die Klasse unter dem Zeiger nehmen (oder: rechte Taste)", short: "Nehmen" },
    press: { title: "Klick am Zeiger; setzt den Pinsel auf und hebt ihn", short: "Klick" },
    "tool-parts": { title: "Teile des Lehrers: eine Taste je Teil, oder ein Klick", short: "Teile" },
    "tool-superpixels": { title: "Superpixel: eine Taste je Teil, oder ein Klick", short: "Superpixel" },
    "tool-brush": { title: "Pinsel", short: "Pinsel" },
    "tool-eraser": { title: "Radierer: bringt zurück, was am Anfang da war", short: "Radierer" },
    "tool-polygon": { title: "Vieleck: Ecken klicken oder umfahren; Enter schließt es", short: "Vieleck" },
    "tool-fill": { title: "Füllen: ein Klick färbt um, was zusammenhängt", short: "Füllen" },
    "tool-cut": {
      title: "Gerader Schnitt: ziehen oder zweimal klicken; die Seite mit den Zähnen bekommt die Klasse",
      short: "Schnitt",
    },
    thinner: { title: "Dünnerer Pinsel (oder: Mausrad)", short: "Dünner" },
    thicker: { title: "Dickerer Pinsel (oder: Mausrad)", short: "Dicker" },
    left: { title: "Den Zeiger um ein Pixel bewegen", short: "Links" },
    right: { title: "Den Zeiger um ein Pixel bewegen", short: "Rechts" },
    up: { title: "Den Zeiger um ein Pixel bewegen", short: "Hoch" },
    down: { title: "Den Zeiger um ein Pixel bewegen", short: "Runter" },
    "far-left": { title: "Den Zeiger um 8 Pixel bewegen", short: "Weit links" },
    "far-right": { title: "Den Zeiger um 8 Pixel bewegen", short: "Weit rechts" },
    "far-up": { title: "Den Zeiger um 8 Pixel bewegen", short: "Weit hoch" },
    "far-down": { title: "Den Zeiger um 8 Pixel bewegen", short: "Weit runter" },
    raw: { title: "Halten: nichts auf den Pixeln (und ziehen: Ausschnitt bewegen)", short: "Nur Pixel" },
    wide: { title: "Halten: weiter sehen", short: "Weiter" },
    closer: { title: "Näher (oder: Mausrad; beim Pinsel mit Strg)", short: "Näher" },
    farther: { title: "Weiter weg", short: "Ferner" },
    "reset-view": { title: "Zurück zur Region", short: "Zur Region" },
    "view-left": { title: "Den Ausschnitt bewegen", short: "Ausschnitt links" },
    "view-right": { title: "Den Ausschnitt bewegen", short: "Ausschnitt rechts" },
    "view-up": { title: "Den Ausschnitt bewegen", short: "Ausschnitt hoch" },
    "view-down": { title: "Den Ausschnitt bewegen", short: "Ausschnitt runter" },
    guidelines: { title: "Was als welche Klasse zählt", short: "Leitfaden" },
    help: { title: "Diese Tasten", short: "Tasten" },
  },
  singlePixel: "Diese Region ist ein einzelnes Pixel: da gibt es nichts aufzuteilen",
  nothingUnderPointer: "Unter dem Zeiger liegt kein Pixel der Region",
  superpixelsComing: "Superpixel werden gesucht…",
  superpixelsAway:
    "Keine Superpixel gefunden: Das Bild kam nicht an. Noch einmal versuchen, wenn das Netz wieder da ist.",
  tools: "Werkzeuge",

  hints: {
    brush: (paint, size) => `Malt ${paint}, Pinsel von ${size} px`,
    eraser: (size) => `Radierer von ${size} px: bringt zurück, was da war`,
    polygon: (paint) => `Die Ecken von ${paint} klicken oder es umfahren`,
    closing: (paint) => `Enter oder ein Klick auf die erste Ecke füllt das Vieleck mit ${paint}`,
    fill: (paint) => `Ein Klick macht ${paint} aus allem, was zusammenhängt`,
    cut: (paint) => `Am Rand entlang ziehen; die Seite mit den Zähnen wird ${paint}`,
    part: (nth, of) => `Teil ${nth} von ${of}: welche Klasse ist das?`,
    allNamed: "Jeder Teil hat einen Namen: Enter antwortet",
    here: (name) => ` · hier: ${name}`,
  },

  notices: {
    onlyOne: "Das ist die einzige Region, die noch zu beantworten ist.",
    nothingToGoBackTo: "Es gibt keine Antwort, die zurückzunehmen wäre.",
    notKept: (why) => `In diesem Browser nicht aufgehoben: ${why} Die nächste Antwort versucht es wieder.`,
    secondOpinions: (number) =>
      number === 1
        ? "Diese Region hat schon jemand anders beantwortet; die eigene Antwort bleibt als zweite Meinung."
        : `${regions(number)} haben andere zuerst beantwortet; die eigenen Antworten bleiben als zweite Meinung.`,
  },

  why: {
    title: "Warum diese Region",
    name: "Warum nach dieser Region gefragt wird",
    control: "Zufällig gezogen, zur Kontrolle: nicht wegen dessen, was das Netz von ihr hält.",
    hidden: "Hier steht mit Absicht kein Vorschlag: Was ist zu sehen?",
    score: "Punktzahl",
    impurity: "Gemischtheit",
    entropy: "Entropie",
    chance: "Aussicht, gezogen zu werden",
    oneIn: (number) => `1 zu ${count(number)}`,
    rank: "Rang",
    between: "Zwischen",
    pixels: (number) => counted(number, "Pixel", "Pixel"),
  },

  done: {
    back: "Zurück zur letzten Antwort",
    toTheProject: "Zum Projekt",
    noRound: {
      title: "Noch hat keine Runde begonnen",
      text: "Regionen kommen, sobald eine Runde trainiert und sie ausgewählt hat.",
    },
    nothingFree: {
      title: "Im Moment ist nichts frei",
      text: (open) =>
        `${regions(open)} dieser Runde ${plural(open, "ist", "sind")} bei anderen oder in einem anderen Browser von Ihnen, oder ${plural(open, "wartet", "warten")} auf eine zweite Meinung. Diese Seite sieht von selbst wieder nach.`,
    },
    answered: {
      title: (index) => `Runde ${index} ist beantwortet. Danke`,
      admin:
        "Die nächste Runde starten: Das Netz lernt aus den Antworten und fragt nach dem, was es noch falsch macht.",
      others:
        "Die nächste Runde beginnt, wenn ein Admin sie startet; ihre Regionen erscheinen dann hier von selbst.",
    },
    atWork: "Ihre Regionen erscheinen hier von selbst, sobald sie ausgewählt sind.",
    failed: {
      title: (index) => `Runde ${index} ist gescheitert`,
      text: "Ein Admin sieht den Grund auf der Seite des Projekts und kann es erneut versuchen.",
    },
    over: "Sie nimmt keine Antworten mehr an. Regionen kommen mit der nächsten Runde.",
  },
};

export const help: Words["help"] = {
  title: "Tasten",
  groups: {
    Answer: "Die Region beantworten; die nächste kommt sofort",
    Go: "Vor und zurück",
    Look: "Hinsehen",
    Tools: "Werkzeuge beim Aufteilen",
    Split: "Beim Aufteilen einer Region",
  },
  classes: "Benennt die Region, den Teil im Fokus oder das, was gemalt wird",
  caps: {
    enter: "Enter",
    space: "Leertaste",
    backspace: "⌫",
    escape: "Esc",
    tab: "Tab",
    alt: "Alt",
    home: "Pos1",
    mod: "Strg",
    shift: "⇧",
  },
};

export const grid: Words["grid"] = {
  title: "Auf einen Blick",
  lead: (name) => `Das Netz hält sie alle für ${name}. Die markieren, die es nicht sind.`,
  classes: "Klassen mit Regionen, bei denen das Netz sicher ist",
  free: (name, number) => `${name}: noch ${count(number)}`,
  sheet: "Kontaktbogen",
  tile: (nth, name, probability) => `Region ${nth}: gilt als ${name}, ${percent(probability, 0)}`,
  wrong: "falsch",
  keys: "Pfeile bewegen, Leertaste markiert als falsch, Enter bestätigt den Rest, Rücktaste nimmt den letzten Bogen zurück",
  confirm: (number) => (number === 0 ? "Keine bestätigen" : `${regions(number)} bestätigen`),
  back: "Den letzten Bogen zurücknehmen",
  toLabel: (number) => `${counted(number, "markierte Region", "markierte Regionen")} einzeln zu beantworten`,
  none: "Auf einen Blick ist nichts zu prüfen",
  noneText:
    "Bei keiner offenen Region dieser Runde ist das Netz zu mindestens 90 % sicher. Die unsicheren werden einzeln beantwortet.",
  oneByOne: "Einzeln",
};

export const guidelines: Words["guidelines"] = {
  title: "Leitfaden",
  lead: "Wie die Klassen in diesem Projekt zu unterscheiden sind.",
  none: "Für dieses Projekt hat noch niemand einen Leitfaden geschrieben.",
  ofClass: (name) => `Was als ${name} zählt`,
  unwritten: "Zu dieser Klasse hat noch niemand etwas geschrieben.",
  is: (name) => `Das ist ${name}`,
  isNot: (name) => `Das ist nicht ${name}`,
  taken: (name, answered) => `Gehalten für ${name}, ist aber ${answered}`,
  noExamples: "Beispiele erscheinen hier, sobald jemand so geantwortet hat.",
  examplesAway: "Die Beispiele sind nicht angekommen.",
  pictureOf: (image) => `Eine Region aus ${image}`,
};

export const settings: Words["settings"] = {
  lead: "Eine Taste anklicken und die drücken, die an ihre Stelle treten soll. Das gilt dann in jedem Browser.",
  singleKeys: "Einzelne Tasten wirken",
  singleKeysIs:
    "Aus: Zeichen wirken nur zusammen mit Alt, damit Diktat und versehentliche Anschläge nichts beantworten.",
  change: (action) => `${action}: Taste ändern`,
  press: (action) => `Die neue Taste für „${action}“ drücken, oder Escape`,
  pressOne: "Taste drücken",
  taken: (key, action) => `${key} heißt schon „${action}“.`,
  notSaved: "Der Server hat diese Änderung noch nicht; sie gilt, bis diese Seite neu geladen wird.",
  reset: "Alle Tasten wie am Anfang",
};
