"""The demo shop's goods: enough of them, each with its words, and none twice."""

from collections import Counter

from kefu_shop.demo.catalogue import load_articles, load_charts, make_stock
from kefu_shop.words import load_lexicon

ARTICLES = load_articles()
VARIANTS = [variant for article in ARTICLES for variant in article.product.variants]


def test_it_is_a_real_shop() -> None:
    assert len(ARTICLES) >= 120
    assert len(VARIANTS) >= 800
    assert Counter(article.who for article in ARTICLES).keys() == {"women", "men", "unisex", "home"}


def test_nothing_is_there_twice() -> None:
    for names in (
        [article.product.id for article in ARTICLES],
        [article.names["zh"] for article in ARTICLES],
        [article.names["en"] for article in ARTICLES],
        [variant.id for variant in VARIANTS],
    ):
        assert [name for name, times in Counter(names).items() if times > 1] == []


def test_every_colour_material_and_kind_has_a_word_in_both_languages() -> None:
    words = load_lexicon()
    for kind, used in (
        ("color", {variant.options["color"] for variant in VARIANTS}),
        ("material", {article.material for article in ARTICLES}),
        ("category", {article.product.category for article in ARTICLES}),
    ):
        assert used - words.of_kind(kind).keys() == set()
        assert all(word.zh != word.en for word in words.of_kind(kind).values())


def test_what_is_worn_comes_in_the_sizes_of_its_chart() -> None:
    for article in ARTICLES:
        if article.chart:
            sizes = list(dict.fromkeys(variant.options["size"] for variant in article.product.variants))
            assert tuple(sizes) == load_charts()[article.chart].sizes


def test_some_things_are_sold_out_and_some_of_them_are_on_their_way() -> None:
    stock = {variant.id: make_stock(variant) for variant in VARIANTS}
    gone = [id_ for id_, places in stock.items() if not any(place.quantity for place in places)]
    assert 0.05 < len(gone) / len(stock) < 0.3
    assert any(place.expected for id_ in gone for place in stock[id_])
    assert make_stock(VARIANTS[0]) == stock[VARIANTS[0].id]


def test_a_variant_is_shown_in_the_reader_s_language() -> None:
    options = {"color": "navy", "size": "L"}
    assert load_lexicon().show_options(options, "zh") == "藏青色 / L"
    assert load_lexicon().show_options(options, "en") == "navy / L"
