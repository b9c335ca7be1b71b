/**
 * The land of the world, drawn by hand as coarse outlines, so that an eye finds its way. Where a machine is, its own
 * coordinates say.
 */

/** Corners as longitude and latitude in degrees. Text, because it is read once and stays short. */
const OUTLINES = {
  northAmerica:
    "-168 66,-162 70,-156 71,-141 70,-128 70,-115 68,-108 68,-96 68,-94 72,-85 69,-82 66,-87 64,-94 61,-93 58,-85 55,-80 51,-78 56,-77 62,-70 61,-65 58,-61 56,-56 52,-60 49,-66 50,-64 48,-61 46,-66 44,-70 43,-71 41,-75 39,-76 35,-81 31,-80 26,-82 28,-84 30,-90 29,-97 28,-97 22,-94 18,-91 19,-87 21,-88 16,-83 15,-83 10,-79 9,-78 8,-81 7,-86 11,-92 14,-97 16,-105 20,-106 23,-112 29,-114 31,-110 23,-115 30,-117 33,-121 35,-124 40,-124 48,-130 54,-136 58,-146 60,-152 59,-158 56,-164 54,-158 58,-162 60,-166 62",
  southAmerica:
    "-78 8,-72 12,-63 11,-60 8,-51 4,-50 0,-44 -2,-38 -4,-35 -6,-39 -13,-40 -20,-48 -26,-52 -33,-57 -35,-58 -38,-62 -39,-65 -42,-66 -46,-69 -51,-68 -54,-73 -53,-75 -47,-73 -40,-71 -30,-70 -19,-76 -14,-81 -6,-80 -3,-79 1,-77 4",
  africa:
    "-6 36,3 37,10 37,11 34,20 31,30 31,33 31,35 28,37 21,43 12,51 12,47 4,41 -2,39 -7,41 -15,35 -20,35 -24,32 -29,26 -34,19 -35,15 -27,12 -17,14 -11,9 -1,9 4,4 6,-8 4,-13 8,-17 14,-17 21,-10 30",
  europe:
    "-9 37,-9 43,-2 43,-1 46,-5 48,2 51,8 54,8 57,11 56,11 54,19 54,21 57,24 59,30 60,22 60,22 64,25 65,21 65,17 61,19 59,16 56,13 55,11 59,7 58,5 61,10 64,15 69,25 71,31 70,41 67,40 65,34 66,38 64,44 66,46 68,60 69,60 55,52 46,48 46,50 40,49 38,41 41,37 45,39 47,35 46,31 46,28 43,29 41,26 40,23 38,23 36,20 40,19 42,13 45,14 42,18 40,16 38,12 42,9 44,4 43,3 42,0 39,-2 37,-6 36",
  asia:
    "60 69,68 69,73 73,80 73,90 76,105 78,113 74,130 71,140 72,160 70,170 70,180 69,180 65,177 62,170 60,163 58,160 52,156 52,157 58,163 62,155 59,143 59,135 55,141 52,140 48,135 43,130 42,127 39,129 36,126 35,125 39,121 40,122 37,119 35,122 31,120 26,114 22,109 21,106 18,109 13,105 9,101 13,100 9,104 1,101 3,98 9,97 16,94 16,91 22,87 21,80 15,80 11,77 8,73 17,72 21,67 24,61 25,57 27,51 30,48 30,51 26,56 26,59 22,53 16,44 13,39 21,35 28,34 31,36 36,30 36,27 38,29 41,41 41,49 38,54 37,53 42,52 46,60 55",
  greenland:
    "-73 78,-60 82,-35 83,-20 81,-20 74,-25 70,-38 65,-43 60,-51 64,-54 70,-60 76",
  australia:
    "114 -22,114 -34,118 -35,124 -33,131 -31,135 -35,140 -38,147 -39,150 -37,153 -31,153 -25,146 -19,143 -11,141 -17,136 -15,136 -12,131 -12,126 -14,122 -18",
  baffin: "-80 73,-70 71,-62 66,-66 62,-74 65,-72 68,-85 70,-90 73",
  victoria: "-117 73,-106 73,-102 69,-114 69",
  ellesmere: "-90 77,-85 82,-65 83,-76 79,-80 76",
  britain: "-5 50,1 51,0 54,-3 58,-6 57,-3 54,-5 52",
  ireland: "-10 52,-6 52,-6 55,-9 54",
  iceland: "-24 65,-22 64,-18 63,-14 65,-17 66",
  cuba: "-85 22,-80 23,-74 20,-78 20",
  hispaniola: "-74 20,-69 20,-69 18,-74 18",
  madagascar: "44 -25,47 -25,50 -15,49 -12,44 -17",
  ceylon: "80 10,82 7,80 6",
  sumatra: "95 6,104 -2,106 -6,102 -4",
  java: "105 -6,114 -7,114 -9,106 -8",
  borneo: "109 2,114 5,117 7,119 5,117 -1,114 -4,110 -3",
  celebes: "119 1,125 2,121 -1,122 -5,120 -5",
  newGuinea: "131 -1,141 -3,147 -6,150 -11,143 -9,138 -8,133 -4",
  philippines: "120 18,122 18,124 13,126 9,125 6,122 8,123 11,120 15",
  taiwan: "120 24,122 25,121 22",
  japan: "130 31,131 34,136 36,140 40,142 43,145 44,142 39,140 35,135 34",
  hokkaido: "140 42,145 44,142 45",
  sakhalin: "142 46,144 49,143 54,142 50",
  newZealandNorth: "173 -35,178 -38,176 -41,174 -39",
  newZealandSouth: "173 -41,174 -42,169 -47,167 -46",
  tasmania: "145 -41,148 -41,147 -43",
  novayaZemlya: "52 71,56 71,68 77,58 75",
  svalbard: "11 79,18 80,26 80,17 77",
  hawaii: "-156 20,-155 19,-154 20",
};

/** The same for the inland seas that show at this size. */
const SEAS = [
  "47 46,51 45,52 41,54 37,50 37,49 41",
  "28 43,31 46,38 47,41 42,33 42",
];

/** Degrees between dots. */
const STEP = 2;
/** Nothing is drawn beyond; that the south is missing makes room for where machines are. */
const NORTH = 82;
const SOUTH = -56;

/**
 * The middle of each square of the grid that is land.
 *
 * @returns {{ readonly longitude: number, readonly latitude: number }[]}
 */
export function landDots() {
  const land = Object.values(OUTLINES).map(cornersOf);
  const seas = SEAS.map(cornersOf);
  const dots = [];
  for (let latitude = NORTH; latitude >= SOUTH; latitude -= STEP) {
    for (let longitude = -180 + STEP / 2; longitude < 180; longitude += STEP) {
      const isIn = (/** @type {readonly Corner[]} */ outline) =>
        holds(outline, longitude, latitude);
      if (land.some(isIn) && !seas.some(isIn)) {
        dots.push({ longitude, latitude });
      }
    }
  }
  return dots;
}

/** @typedef {readonly [number, number]} Corner */

/**
 * @param {string} text
 * @returns {Corner[]}
 */
function cornersOf(text) {
  return text.split(",").map((corner) => {
    const [longitude = 0, latitude = 0] = corner.split(" ").map(Number);
    return [longitude, latitude];
  });
}

/**
 * Whether a line from the point to the east crosses the outline an odd number of times.
 *
 * @param {readonly Corner[]} outline
 * @param {number} x
 * @param {number} y
 */
function holds(outline, x, y) {
  let isInside = false;
  for (const [index, [x1, y1]] of outline.entries()) {
    const [x2, y2] = outline[(index + 1) % outline.length] ?? [x1, y1];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) {
      isInside = !isInside;
    }
  }
  return isInside;
}
