//! Where the names of points stand so that none covers another or a point.

/// A character's width and a line's height in pixels, on the safe side.
const CHAR: f64 = 6.9;
const LINE: i32 = 14;
/// Says how far a name's middle is from its point's: above and below.
const NEAR: [i32; 2] = [-14, 16];
/// Holds the same for a name that begins or ends beside its point.
const BESIDE: [i32; 3] = [-8, 9, 0];
/// Above and below, further off.
const FAR: [i32; 4] = [-28, 30, -42, 44];
/// Room above the picture for the names of the axes.
const TOP: i32 = 15;
/// Half the room that a point takes.
const POINT: i32 = 6;

/// A point that wants a name of so many characters, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spot {
    pub x: i32,
    pub y: i32,
    pub chars: i32,
}

/// A box from its left upper corner to its right lower one.
#[derive(Debug, Clone, Copy)]
struct Box {
    left: i32,
    top: i32,
    right: i32,
    bottom: i32,
}

impl Box {
    fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Returns whether a line, seen at each of its pixels, comes into the box.
    fn is_crossed(&self, line: &[(i32, i32)]) -> bool {
        line.windows(2).any(|ends| {
            let ((x0, y0), (x1, y1)) = (ends[0], ends[1]);
            let steps = (x1 - x0).abs().max((y1 - y0).abs()).max(1);
            (0..=steps).any(|step| {
                let (x, y) = (x0 + (x1 - x0) * step / steps, y0 + (y1 - y0) * step / steps);
                (self.left..self.right).contains(&x) && (self.top..self.bottom).contains(&y)
            })
        })
    }
}

/// Where names may stand, in pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub left: i32,
    pub width: i32,
    pub bottom: i32,
}

impl Page {
    /// The box of a name so far from its point, moved inside at the sides.
    fn name(self, spot: Spot, by: (i32, i32), half: i32) -> Box {
        let x = (spot.x + by.0).min(self.width - half).max(self.left + half);
        let y = spot.y + by.1;
        Box { left: x - half, top: y - LINE / 2, right: x + half, bottom: y + LINE / 2 }
    }

    fn holds(self, name: &Box) -> bool {
        name.top >= TOP && name.bottom <= self.bottom
    }
}

/// The middle of each name, or nothing where it finds no room. The ends of a row of points come first: they say the most.
///
/// A name that finds none off the `lines` may cross them.
pub(super) fn place(spots: &[Spot], lines: &[Vec<(i32, i32)>], page: Page) -> Vec<Option<(i32, i32)>> {
    let mut taken: Vec<Box> = spots.iter().map(point).collect();
    let mut places = vec![None; spots.len()];
    for index in ends_first(spots.len()) {
        let spot = &spots[index];
        let half = (f64::from(spot.chars) * CHAR / 2.0).ceil() as i32;
        let across = half + POINT + 2;
        let near = NEAR.into_iter().map(|step| (0, step));
        let beside = BESIDE.into_iter().flat_map(|step| [(across, step), (-across, step)]);
        let far = FAR.into_iter().map(|step| (0, step));
        let all: Vec<_> = near.chain(beside).chain(far).map(|by| page.name(*spot, by, half)).collect();
        let free: Vec<&Box> = all
            .iter()
            .filter(|name| page.holds(name) && taken.iter().all(|other| !name.overlaps(other)))
            .collect();
        let clear = |name: &&&Box| lines.iter().all(|line| !name.is_crossed(line));
        if let Some(&&name) = free.iter().find(clear).or(free.first()) {
            taken.push(name);
            places[index] = Some((name.left.midpoint(name.right), name.top.midpoint(name.bottom)));
        }
    }
    places
}

fn point(spot: &Spot) -> Box {
    Box { left: spot.x - POINT, top: spot.y - POINT, right: spot.x + POINT, bottom: spot.y + POINT }
}

fn ends_first(count: usize) -> impl Iterator<Item = usize> {
    let last = count.checked_sub(1).filter(|&last| last > 0);
    (0..count.min(1)).chain(last).chain(1..count.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: Page = Page { left: 20, width: 330, bottom: 214 };

    proptest::proptest! {
        #[test]
        fn no_name_covers_another_or_a_point(all in proptest::collection::vec((0..330, 0..200, 1..17), 0..12)) {
            let spots: Vec<_> = all.into_iter().map(|(x, y, chars)| Spot { x, y, chars }).collect();
            let places = place(&spots, &[], PAGE);
            // Each name as the pixels that it covers, told from the place and the text alone.
            let covers = |index: usize, x: i32, y: i32| {
                let half = f64::from(spots[index].chars) * CHAR / 2.0;
                places[index].is_some_and(|(at, line)| {
                    (f64::from(x) - f64::from(at)).abs() < half - 1.0 && (y - line).abs() < LINE / 2
                })
            };
            for y in 0..214 {
                for x in 0..330 {
                    let names = (0..spots.len()).filter(|&index| covers(index, x, y)).count();
                    let on_point = spots.iter().any(|spot| (spot.x - x).abs() < POINT && (spot.y - y).abs() < POINT);
                    proptest::prop_assert!(names <= 1 && !(names == 1 && on_point), "{} names at {}, {}", names, x, y);
                }
            }
        }
    }

    #[test]
    fn a_name_stays_in_the_picture_and_above_its_point_where_it_can() {
        let at = |x, y| place(&[Spot { x, y, chars: 10 }], &[], PAGE)[0];
        assert_eq!(at(160, 100), Some((160, 86)));
        assert_eq!(at(2, 100), Some((55, 86)));
        assert_eq!(at(329, 100), Some((295, 86)));
        assert_eq!(at(160, 15), Some((160, 31)), "there is no room above");
    }

    #[test]
    fn a_name_stands_off_a_line_where_it_can() {
        let spot = Spot { x: 160, y: 100, chars: 10 };
        let falling = vec![(0, 20), (160, 100), (330, 185)];
        let at = place(&[spot], &[falling], PAGE)[0].expect("there is room");
        assert!(at.0 > 160 && at.1 < 100, "right of it and above: {at:?}");
        let everywhere = (0..330).map(|x| (x, if x % 2 == 0 { 0 } else { 214 })).collect();
        assert_eq!(place(&[spot], &[everywhere], PAGE)[0], Some((160, 86)), "crossed, but there");
    }

    #[test]
    fn every_point_is_asked_once_the_ends_first() {
        let order = |count| ends_first(count).collect::<Vec<_>>();
        assert!(order(0).is_empty());
        assert_eq!(order(1), [0]);
        assert_eq!(order(2), [0, 1]);
        assert_eq!(order(4), [0, 3, 1, 2]);
    }
}
