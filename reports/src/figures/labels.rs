//! Where the names of points stand so that none covers another or a point.

/// A character's width and a line's height in pixels, on the safe side.
const CHAR: f64 = 6.9;
const LINE: i32 = 14;
/// How far a name's middle is from its point's: above, below, and further off.
const STEPS: [i32; 6] = [-14, 16, -28, 30, -42, 44];
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
}

/// The middle of each name, or nothing where it finds no room. The ends of a row of points come first: they say the most.
pub(super) fn place(spots: &[Spot], left: i32, width: i32, bottom: i32) -> Vec<Option<(i32, i32)>> {
    let mut taken: Vec<Box> = spots.iter().map(point).collect();
    let mut places = vec![None; spots.len()];
    for index in ends_first(spots.len()) {
        let spot = &spots[index];
        let half = (f64::from(spot.chars) * CHAR / 2.0).ceil() as i32;
        let x = spot.x.min(width - half).max(left + half);
        let name = |step: i32| {
            let y = spot.y + step;
            (y, Box { left: x - half, top: y - LINE / 2, right: x + half, bottom: y + LINE / 2 })
        };
        let free = STEPS.into_iter().map(name).find(|(_, name)| {
            name.top >= 0 && name.bottom <= bottom && taken.iter().all(|other| !name.overlaps(other))
        });
        if let Some((y, name)) = free {
            taken.push(name);
            places[index] = Some((x, y));
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

    proptest::proptest! {
        #[test]
        fn no_name_covers_another_or_a_point(all in proptest::collection::vec((0..330, 0..200, 1..17), 0..12)) {
            let spots: Vec<_> = all.into_iter().map(|(x, y, chars)| Spot { x, y, chars }).collect();
            let places = place(&spots, 20, 330, 214);
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
        let at = |x, y| place(&[Spot { x, y, chars: 10 }], 20, 330, 214)[0];
        assert_eq!(at(160, 100), Some((160, 86)));
        assert_eq!(at(2, 100), Some((55, 86)));
        assert_eq!(at(329, 100), Some((295, 86)));
        assert_eq!(at(160, 5), Some((160, 21)), "there is no room above");
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
