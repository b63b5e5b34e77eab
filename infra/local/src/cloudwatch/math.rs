//! Metric math, as far as alarms use it: `FILL(a, 0) + MAX([b, c]) * 2`. Source: Amazon CloudWatch user guide, "Using math
//! expressions with CloudWatch metrics".

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A number.
    Number(f64),
    /// A metric by its id.
    Metric(String),
    /// A number where a metric has none.
    Fill(Box<Expression>, f64),
    /// The largest, of those that have one.
    Max(Vec<Expression>),
    /// `+`, `-`, `*`, `/`
    Two(char, Box<Expression>, Box<Expression>),
}

/// What is no expression, and where it ceases to be one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no expression of metrics: something else stands at `{0}`")]
pub struct MathError(String);

impl Expression {
    /// Reads an expression.
    pub fn parse(text: &str) -> Result<Expression, MathError> {
        let mut reading = Reading(text);
        let expression = reading.sum().filter(|_| reading.rest().is_empty());
        expression.ok_or_else(|| MathError(reading.rest().to_owned()))
    }

    /// Its value, where each metric has this one. `None`: something it needs is missing.
    pub fn value(&self, of: &impl Fn(&str) -> Option<f64>) -> Option<f64> {
        match self {
            Expression::Number(number) => Some(*number),
            Expression::Metric(id) => of(id),
            Expression::Fill(inner, number) => Some(inner.value(of).unwrap_or(*number)),
            Expression::Max(all) => all.iter().filter_map(|one| one.value(of)).max_by(f64::total_cmp),
            Expression::Two(sign, left, right) => {
                let (left, right) = (left.value(of)?, right.value(of)?);
                match sign {
                    '+' => Some(left + right),
                    '-' => Some(left - right),
                    '*' => Some(left * right),
                    // Nothing is divided by zero: there is no value then.
                    _ => (right != 0.0).then(|| left / right),
                }
            }
        }
    }
}

/// What is left to read.
struct Reading<'t>(&'t str);

impl<'t> Reading<'t> {
    fn rest(&self) -> &'t str {
        self.0.trim_start()
    }

    fn takes(&mut self, sign: char) -> Option<()> {
        self.0 = self.rest().strip_prefix(sign)?;
        Some(())
    }

    fn word(&mut self, belongs: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|character| !belongs(character)).unwrap_or(rest.len());
        let (word, behind) = rest.split_at(end);
        self.0 = behind;
        word
    }

    fn sum(&mut self) -> Option<Expression> {
        let mut left = self.product()?;
        while let Some(sign) = ['+', '-'].into_iter().find(|sign| self.takes(*sign).is_some()) {
            left = Expression::Two(sign, left.into(), self.product()?.into());
        }
        Some(left)
    }

    fn product(&mut self) -> Option<Expression> {
        let mut left = self.single()?;
        while let Some(sign) = ['*', '/'].into_iter().find(|sign| self.takes(*sign).is_some()) {
            left = Expression::Two(sign, left.into(), self.single()?.into());
        }
        Some(left)
    }

    fn single(&mut self) -> Option<Expression> {
        if self.takes('(').is_some() {
            let inner = self.sum()?;
            return self.takes(')').map(|()| inner);
        }
        if self.rest().starts_with(|character: char| character.is_ascii_digit()) {
            return self.number().map(Expression::Number);
        }
        let word = self.word(|character| character.is_ascii_alphanumeric() || character == '_');
        match word {
            "FILL" => self.fill(),
            "MAX" => self.max(),
            // Ids begin with a small letter: whatever else is shouted is a function that is not known here.
            id if id.starts_with(|first: char| first.is_ascii_lowercase()) => {
                Some(Expression::Metric(id.to_owned()))
            }
            _ => None,
        }
    }

    fn number(&mut self) -> Option<f64> {
        self.word(|character| character.is_ascii_digit() || character == '.').parse().ok()
    }

    fn fill(&mut self) -> Option<Expression> {
        self.takes('(')?;
        let inner = self.sum()?;
        self.takes(',')?;
        let number = self.number()?;
        self.takes(')').map(|()| Expression::Fill(inner.into(), number))
    }

    /// Of a list: `MAX` of one metric is another thing.
    fn max(&mut self) -> Option<Expression> {
        self.takes('(')?;
        self.takes('[')?;
        let mut all = vec![self.sum()?];
        while self.takes(',').is_some() {
            all.push(self.sum()?);
        }
        self.takes(']')?;
        self.takes(')').map(|()| Expression::Max(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Option<f64> {
        let of = |id: &str| match id {
            "one" => Some(1.0),
            "six" => Some(6.0),
            _ => None,
        };
        Expression::parse(text).unwrap().value(&of)
    }

    #[test]
    fn expressions_have_values() {
        assert_eq!(value("FILL(one, 0) + FILL(gone, 0) + six"), Some(7.0));
        assert_eq!(value("one + gone"), None, "what is missing is no zero");
        assert_eq!(value("six - one - 2 * (one + 0.5)"), Some(2.0));
        assert_eq!(value("MAX([one, gone, six]) / 3"), Some(2.0));
        assert_eq!(value("one / FILL(gone, 0)"), None);
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in ["", "one +", "RATE(one)", "one one", "MAX(one)", "FILL(one)", "(one", "SEARCH('x')"] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
