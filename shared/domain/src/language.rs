//! The language that somebody writes, where the script alone tells it.
//!
//! Platforms tell the language of an application, not of a person: a text in another script says more. Between languages in
//! Latin letters a short message is no evidence, and the platform's word stands.

/// Frequent characters that only one of the two Chinese scripts has.
const TRADITIONAL: &str = "們個這來時說國會過對學開還裡後請問嗎謝幫點話錢買賣聽見讓從關於應該處員長門間題選單語體發現經濟當為與無電號頁車東邊樣將實際數據變給訊報檢醫藥專業預約機產價條區廳衛灣壓癢覺頭萬聲樂愛兒兩師書風飛馬魚鳥麼麗黃齊龍舊華麵麥飲餘館驗鬆氣熱燒爐獨獎環療總縣羅習職肅腦腳臉艦蘭蘇術補規視計訂記許設評詞試詩誰課調談論護讀貨費資質跡蹟軟輕輛載輸轉辦農運達遠適鄰醬釋針銀鐵錯鍵鏡閉閱陽陰隊階隨險隻雙雞離難雲";
const SIMPLIFIED: &str = "们个这来时说国会过对学开还请问吗谢帮点话钱买卖听见让从关应该处员长门间题选单语体现经济当为电号页车东边样将实际数变给讯报检医药专业预约机产价条区厅卫湾压痒觉头声乐爱儿两师书风飞马鱼鸟丽黄齐龙旧华麦饮馆验气热烧炉独奖环疗总县罗职肃脑脚脸舰兰苏术补规视计订记许设评词试诗谁课调谈论护读货费资质软轻辆载输转办农运达远适邻酱释针银铁错键镜闭阅阳阴队阶随险双鸡离难";

/// So much of a text is looked at: the webhook does it while a platform waits.
const CHARS_MAX: usize = 500;

/// Some language in Latin letters (BCP 47, "und").
pub const LATIN: &str = "und-Latn";

/// Characters of Chinese grammar that Japanese hardly has.
const CHINESE: &str = "你妳您們们這这嗎吗呢吧嘛沒没是很";

/// The BCP 47 tag of the language that `text` is written in: `ja`, `ko`, `zh-TW`, `zh-CN`, `zh` where both scripts of Chinese
/// write it so, others with a script of their own, and [`LATIN`]. `None`: there are no letters that tell.
pub fn of(text: &str) -> Option<&'static str> {
    let mut seen = Seen::default();
    text.chars().take(CHARS_MAX).for_each(|character| seen.look(character));
    seen.language()
}

/// The language to answer a text in: what its script tells; where it tells nothing, or no more, what the platform says.
pub fn spoken(text: &str, told: Option<&str>) -> Option<String> {
    let primary = |tag: &str| tag.split(['-', '_']).next().unwrap_or_default().to_lowercase();
    let told_primary = told.map(primary).unwrap_or_default();
    // Languages share scripts: one that is told is kept where the text can be in it.
    let is_told = |seen: &&str| match *seen {
        LATIN => told.is_some(),
        "zh" => ["zh", "ja"].contains(&told_primary.as_str()),
        "zh-TW" | "zh-CN" => told_primary == "ja",
        "ar" => ["fa", "ur", "ps", "ckb", "ug"].contains(&told_primary.as_str()),
        "hi" => ["mr", "ne", "sa", "kok"].contains(&told_primary.as_str()),
        "he" => told_primary == "yi",
        _ => false,
    };
    let seen = of(text).filter(|seen| !is_told(seen));
    seen.or(told).map(ToOwned::to_owned)
}

/// How many characters of each kind.
#[derive(Default)]
struct Seen {
    kana: usize,
    is_chinese: bool,
    hangul: usize,
    han: usize,
    traditional: usize,
    simplified: usize,
    others: [usize; OTHERS.len()],
    latin: usize,
    letters: usize,
}

/// Scripts of one language, more or less, by their blocks of Unicode.
const OTHERS: [(&str, std::ops::RangeInclusive<char>); 5] = [
    ("th", '\u{E00}'..='\u{E7F}'),
    ("hi", '\u{900}'..='\u{97F}'),
    ("he", '\u{590}'..='\u{5FF}'),
    ("el", '\u{370}'..='\u{3FF}'),
    ("ar", '\u{600}'..='\u{6FF}'),
];

impl Seen {
    fn look(&mut self, character: char) {
        if !character.is_alphabetic() {
            return;
        }
        self.letters += 1;
        match character {
            '\u{3041}'..='\u{30FF}' | '\u{FF66}'..='\u{FF9D}' => self.kana += 1,
            '\u{AC00}'..='\u{D7A3}' | '\u{1100}'..='\u{11FF}' => self.hangul += 1,
            '\u{3400}'..='\u{9FFF}' => {
                self.han += 1;
                self.is_chinese |= CHINESE.contains(character);
                self.traditional += usize::from(TRADITIONAL.contains(character));
                self.simplified += usize::from(SIMPLIFIED.contains(character));
            }
            'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{24F}' | '\u{1E00}'..='\u{1EFF}' => self.latin += 1,
            _ => {
                let of_script = OTHERS.iter().position(|(_, block)| block.contains(&character));
                if let Some(count) = of_script.and_then(|script| self.others.get_mut(script)) {
                    *count += 1;
                }
            }
        }
    }

    /// A language that makes up a fourth of the letters: names and terms stay Latin in any.
    fn language(&self) -> Option<&'static str> {
        let is_much = |count: usize| count > 0 && count * 4 >= self.letters;
        // One character of kana is a fashion in Chinese.
        let is_japanese = self.kana > 0 && (self.kana * 4 >= self.kana + self.han || !self.is_chinese);
        if is_much(self.kana + self.han) && is_japanese {
            return Some("ja");
        }
        if is_much(self.han) {
            return Some(match self.traditional.cmp(&self.simplified) {
                std::cmp::Ordering::Greater => "zh-TW",
                std::cmp::Ordering::Less => "zh-CN",
                std::cmp::Ordering::Equal => "zh",
            });
        }
        if is_much(self.hangul) {
            return Some("ko");
        }
        let other = self.others.iter().zip(OTHERS).find(|(count, _)| is_much(**count));
        other.map(|(_, (tag, _))| tag).or((self.latin * 2 > self.letters).then_some(LATIN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_tells_its_language() {
        for (text, language) in [
            ("請問這個怎麼用？", Some("zh-TW")),
            ("请问这个怎么用？", Some("zh-CN")),
            ("取消", Some("zh")),
            ("頭が痛いです", Some("ja")),
            ("ｷｬﾝｾﾙ", Some("ja")),
            ("日本", Some("zh")),
            ("東京駅の場所", Some("ja")),
            ("這家鮮の味好吃嗎", Some("zh-TW")),
            ("안녕하세요", Some("ko")),
            ("สวัสดี", Some("th")),
            ("hello", Some(LATIN)),
            ("hola, ¿qué tal?", Some(LATIN)),
            ("привет", None),
            ("", None),
            ("42 🙏", None),
            ("我想買 iPhone 手機", Some("zh-TW")),
            ("The word 水 means water in Chinese and Japanese", Some(LATIN)),
        ] {
            assert_eq!(of(text), language, "{text}");
        }
    }

    #[test]
    fn what_is_written_says_more_than_the_platform() {
        for (text, told, language) in [
            ("請問", Some("en"), Some("zh-TW")),
            ("请问", Some("zh-TW"), Some("zh-CN")),
            ("取消", Some("zh-Hans"), Some("zh-Hans")),
            ("取消", None, Some("zh")),
            ("頭痛", Some("ja"), Some("ja")),
            ("日本", Some("ja-JP"), Some("ja-JP")),
            ("سلام", Some("fa"), Some("fa")),
            ("नमस्ते", Some("ne"), Some("ne")),
            ("نعم", Some("en"), Some("ar")),
            ("cancel", Some("ja"), Some("ja")),
            ("cancel", None, Some(LATIN)),
            ("", None, None),
        ] {
            assert_eq!(spoken(text, told).as_deref(), language, "{text}");
        }
    }

    #[test]
    fn no_character_is_of_both_scripts() {
        let both: String = TRADITIONAL.chars().filter(|character| SIMPLIFIED.contains(*character)).collect();
        assert_eq!(both, "");
    }
}
